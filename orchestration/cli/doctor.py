"""The command that looks at an installation before a night does."""

import dataclasses
import json
import sys
from datetime import date, datetime
from typing import Annotated

import typer

from orchestration.cli.errors import RUN_FAILED
from orchestration.home.settings import Settings
from sources.contracts.catalogue import load_contracts


def doctor(
    date_: Annotated[
        datetime | None,
        typer.Option(
            "--date", formats=["%Y-%m-%d"], help="As of a day; today, or a synthetic city's own, unless said."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything that was looked at as JSON.")] = False,
) -> None:
    """Check installation, key, disk and registry, agreements that end within 60 days, connections, late sources."""
    from orchestration.health.doctor import day_to_examine, examine

    settings = Settings.from_environment()
    settings.prepare()
    today = date.today()  # noqa: DTZ011 - an agreement ends by the local calendar
    day = date_.date() if date_ else day_to_examine(settings, today)
    findings = list(examine(settings, load_contracts(), day))
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(one) for one in findings]))
    else:
        for one in findings:
            typer.echo(f"{one.level.upper():<5} {one.subject:<36} {one.message}")
    if any(one.level == "fail" for one in findings):
        sys.exit(RUN_FAILED)

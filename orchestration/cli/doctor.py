"""The command that checks an installation before a night needs it."""

import dataclasses
import json
import sys
from datetime import date, datetime
from typing import Annotated

import typer

from orchestration.cli.errors import RUN_FAILED
from orchestration.home.settings import Settings
from orchestration.rendering.tables import Table
from sources.contracts.catalogue import load_contracts


def doctor(
    date_: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            help="Check agreements and extracts as of this date. Default: today, or for a synthetic city the day "
            "after its last night.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check whether nights can run here, print a remedy for each problem, and end with a verdict.

    The checks cover the installation, key, disk, registry, connections, late extracts, and agreements that end
    within 60 days.
    """
    from orchestration.evaluation.city_truth import is_synthetic
    from orchestration.health.doctor import day_to_examine, examine
    from orchestration.health.verdict import of_city, verdict

    settings = Settings.from_environment()
    today = date.today()  # noqa: DTZ011 - an agreement ends by the local calendar
    day = date_.date() if date_ else day_to_examine(settings.home, today)
    findings = list(examine(settings, load_contracts(), day))
    if is_synthetic(settings.home):
        findings = of_city(findings)
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(finding) for finding in findings]))
    else:
        rows = [[finding.level.upper(), finding.subject, finding.message] for finding in findings]
        for line in Table(f"Checks as of {day}", ["", "check", "finding"], rows).lines():
            typer.echo(line)
        typer.echo(verdict(findings))
    if any(finding.level == "fail" for finding in findings):
        sys.exit(RUN_FAILED)

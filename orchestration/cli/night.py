"""Commands that run a night or show what ran: the same Dagster job that the schedule runs."""

import os
import sys
import time
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestration.redaction import StepFailed
from orchestration.settings import PROJECT_DIR, ConfigurationError, Settings


def nightly(
    date_: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="Business date: a closed day.")],
) -> None:
    """Run the whole night as of a business date."""
    seconds = run_night(Settings.from_environment(), date_.date())
    typer.echo(f"Night {date_.date()} published in {seconds:.0f} s")


def run_night(settings: Settings, business_date: date) -> float:
    """Run the job `nightly` in this process and return its seconds.

    Raises:
        ConfigurationError: the date is not a closed day.
        StepFailed: a step failed; the message names it.
    """
    settings.prepare()
    from dagster import DagsterInstance

    from orchestration.definitions import build_definitions
    from orchestration.partitions import business_dates

    if not business_dates.has_partition_key(business_date.isoformat()):
        first = business_dates.get_first_partition_key()
        raise ConfigurationError(f"--date {business_date} is no closed day from {first} on; name an earlier day")
    began = time.monotonic()
    definitions = build_definitions(settings)
    with DagsterInstance.get() as instance:
        result = definitions.resolve_job_def("nightly").execute_in_process(
            partition_key=business_date.isoformat(),
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    if not result.success:
        failures = [event for event in result.all_events if event.is_step_failure]
        causes = [f"{event.step_key}: {_cause(event)}" for event in failures]
        raise StepFailed(f"night {business_date} failed and published nothing. {' | '.join(causes)}")
    return time.monotonic() - began


def _cause(event: object) -> str:
    data = getattr(event, "step_failure_data", None)
    error = getattr(data, "error", None)
    while error is not None and error.cause is not None:
        error = error.cause
    return (error.message.strip() if error is not None else "no reason given")[:600]


def ui(port: Annotated[int, typer.Option(min=1, max=65535)] = 3000) -> None:
    """Open Dagster's web UI on localhost."""
    settings = Settings.from_environment()
    settings.prepare()
    dagster = Path(sys.executable).parent / "dagster"
    arguments = ["dagster", "dev", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(port)]
    os.chdir(PROJECT_DIR)
    os.execv(dagster, arguments)  # noqa: S606 - our own environment's dagster, no shell

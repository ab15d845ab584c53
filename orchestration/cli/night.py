"""The command that runs a night: the same Dagster job that the schedule runs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.home.alerts import PUBLISHED_NOTHING, alert, night_failed
from orchestration.home.lock import night_lock
from orchestration.home.redaction import StepFailed, redact_stored, redacted
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.past_nights.recovery import what_is_public
from quality.run import suites

if TYPE_CHECKING:
    from dagster import DagsterEvent, ExecuteInProcessResult
    from dagster_shared.error import SerializableErrorInfo

_LONGEST_REASON = 600
_SAFE_ERROR = f"{StepFailed.__module__}.{StepFailed.__name__}"


def nightly(
    date_: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="Business date: a closed day.")],
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Every night up to this one, too, until one fails to be published."),
    ] = None,
) -> None:
    """Run the whole night as of a business date, or the nights of several days, oldest first.

    A night that withholds an audience or a delivery is published without it, and the exit code is 1.
    """
    settings, first, last = Settings.from_environment(), date_.date(), (until or date_).date()
    if last < first:
        raise ConfigurationError(f"--until {last} is before --date {first}; name a day after it")
    for option, day in (("--date", first), ("--until", last)):
        _require_closed(option, day)
    if settings.key_warning:
        typer.echo(f"warning: {settings.key_warning}", err=True)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    # What a night withheld stops none of the next ones.
    if not all([report_night(day, _run_or_alert(settings, day)) for day in days]):
        raise typer.Exit(1)


class NightFailed(StepFailed):
    """A night failed; `outcome` is what of it is public."""

    def __init__(self, message: str, outcome: str) -> None:
        """Keep the outcome beside the message."""
        super().__init__(message)
        self.outcome = outcome


@dataclass(frozen=True)
class PublishedNight:
    """How long a night took, and what it withheld, each with its reasons and remedy."""

    seconds: float
    withheld: tuple[str, ...] = ()


def report_night(day: date, night: PublishedNight) -> bool:
    """Print how a published night ended; False if it withheld something."""
    typer.echo(f"Night {day} published in {night.seconds:.0f} s")
    for withheld in night.withheld:
        typer.echo(f"withheld on {day}: {withheld}", err=True)
    return not night.withheld


def _run_or_alert(settings: Settings, day: date) -> PublishedNight:
    """Run a night and send an alert if it fails: Dagster's sensor watches only the runs that Dagster starts."""
    try:
        return run_night(settings, day)
    except Exception as error:  # of any kind: the night failed, and its error goes on unchanged
        outcome = error.outcome if isinstance(error, NightFailed) else PUBLISHED_NOTHING
        if warning := alert(settings, night_failed(day.isoformat(), outcome=outcome)):
            typer.echo(f"warning: {warning}", err=True)
        raise


def _require_closed(option: str, day: date) -> None:
    from orchestration.night.partitions import business_dates

    if not business_dates.has_partition_key(day.isoformat()):
        earliest = business_dates.get_first_partition_key()
        raise ConfigurationError(f"{option} {day} is no closed day from {earliest} on; name an earlier day")


def run_night(settings: Settings, business_date: date) -> PublishedNight:
    """Run the job `nightly` in this process.

    Raises:
        ConfigurationError: the date is not a closed day.
        StepFailed: a step failed; the message names it.
    """
    _require_closed("--date", business_date)
    settings.prepare()
    with night_lock(settings.home):
        pass  # Whether another night is running is told before Dagster starts, which takes seconds.
    began = time.monotonic()
    with redacted(StepFailed, ConfigurationError):
        result = _execute(settings, business_date)
    for warning in _told(result.all_events, "warnings"):
        typer.echo(f"warning: {warning}", err=True)
    if not result.success:
        outcome = what_is_public(settings, business_date, result.run_id)
        raise NightFailed(f"night {business_date} failed {outcome}. {' | '.join(_causes(result.all_events))}", outcome)
    return PublishedNight(time.monotonic() - began, tuple(_told(result.all_events, "withheld")))


def _execute(settings: Settings, business_date: date) -> "ExecuteInProcessResult":
    from dagster import DagsterInstance

    from orchestration.definitions import build_definitions

    definitions = build_definitions(settings)
    with DagsterInstance.get() as instance:
        return definitions.resolve_job_def("nightly").execute_in_process(
            partition_key=business_date.isoformat(),
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )


def _told(events: Sequence["DagsterEvent"], kind: str) -> list[str]:
    """What the night's assets list in their metadata under a name: `warnings`, `withheld`."""
    told = [event.materialization.metadata.get(kind) for event in events if event.is_step_materialization]
    return [str(warning) for value in told if value is not None for warning in _list(value.value)]


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _causes(events: Sequence["DagsterEvent"]) -> list[str]:
    """Which checks stopped the night, or why steps failed, or where none did, why the run could not begin."""
    checks = _blocking_checks(events)
    if checks:
        return checks
    steps = [f"{event.step_key}: {_reason(event.step_failure_data.error)}" for event in events if event.is_step_failure]
    runs = [_reason(event.job_failure_data.error) for event in events if event.is_job_failure]
    starts = [_reason(event.engine_event_data.error) for event in events if event.is_engine_event]
    return steps or [reason for reason in [*starts, *runs] if reason][:1]


def _blocking_checks(events: Sequence["DagsterEvent"]) -> list[str]:
    """The expectations that were not met, in counts and figures; which of dbt's own tests failed, its step tells."""
    from dagster import AssetCheckEvaluation, AssetCheckSeverity

    from exports.delivery.checks import DRIFT

    checks = [event.event_specific_data for event in events if event.event_type_value == "ASSET_CHECK_EVALUATION"]
    return [
        f"{check.check_name} of {check.asset_key.to_user_string()}: "
        + ", ".join(f"{name} ({found.value})" for name, found in check.metadata.items())
        for check in checks
        if isinstance(check, AssetCheckEvaluation)
        and check.check_name in {*suites(), DRIFT}
        and check.severity == AssetCheckSeverity.ERROR
        and not check.passed
    ]


def _reason(error: "SerializableErrorInfo | None") -> str:
    while error is not None and error.cause is not None:
        error = error.cause
    if error is None:
        return ""
    told = redact_stored(error.cls_name or "", error.message.strip())
    return told.removeprefix(f"{_SAFE_ERROR}: ")[:_LONGEST_REASON]

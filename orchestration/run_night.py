"""Runs the job `nightly` in this process; if it fails, the error is one sentence with the reason.

`cli/night.py` prints the outcome and sends alerts.
"""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from orchestration.home.lock import night_lock
from orchestration.home.process import set_up_process
from orchestration.home.redaction import StepFailed, redact_stored, redacted
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.past_nights.recovery import what_is_public
from quality.run import suites

if TYPE_CHECKING:
    from dagster import DagsterEvent, EventLogEntry, ExecuteInProcessResult
    from dagster_shared.error import SerializableErrorInfo

_LONGEST_REASON = 600
_SAFE_ERROR = f"{StepFailed.__module__}.{StepFailed.__name__}"


class NightFailed(StepFailed):
    """A night failed; `outcome` is what of it is public, as text."""

    def __init__(self, message: str, outcome: str) -> None:
        """Keep the outcome beside the message."""
        super().__init__(message)
        self.outcome = outcome


@dataclass(frozen=True)
class PublishedNight:
    """The seconds of a night, and what it withheld, with reasons and remedies."""

    seconds: float
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """A step of a night: it has no seconds while it runs; `relations` is how many tables or files it made."""

    name: str
    seconds: float | None = None
    relations: int = 0
    rows: int | None = None
    is_failed: bool = False


def run_night(
    settings: Settings,
    business_date: date,
    warn: Callable[[str], None],
    watch: Callable[[Step], None] | None = None,
) -> PublishedNight:
    """Run the job `nightly` in this process.

    Args:
        settings: of the installation.
        business_date: a day that is over.
        warn: gets each warning of the night, even if the night fails.
        watch: gets each step when it begins and when it ends.

    Raises:
        ConfigurationError: the day is not over.
        StepFailed: a step failed; the message names it.
    """
    require_closed("--date", business_date)
    set_up_process(settings.home)
    with night_lock(settings.home):
        pass  # Fail early if another night is running: the start of Dagster takes seconds.
    began = time.monotonic()
    with redacted(StepFailed, ConfigurationError, home=settings.home.directory):
        result = _execute(settings, business_date, watch)
    for warning in _listed(result.all_events, "warnings"):
        warn(warning)
    if not result.success:
        outcome = what_is_public(settings.home, business_date, result.run_id)
        raise NightFailed(_message(business_date, outcome, _causes(result.all_events)), outcome)
    return PublishedNight(time.monotonic() - began, tuple(_listed(result.all_events, "withheld")))


def _message(business_date: date, outcome: str, causes: list[str]) -> str:
    """One sentence for one cause; several causes have a line each."""
    failed = f"night {business_date} failed {outcome}."
    return f"{failed} {causes[0]}" if len(causes) == 1 else "\n  ".join([failed, *causes])


def require_closed(option: str, day: date) -> None:
    """Raise ConfigurationError unless a day is over; `option` is the option that gave it."""
    from orchestration.night.partitions import business_dates

    if not business_dates.has_partition_key(day.isoformat()):
        earliest = f"{business_dates.start:%Y-%m-%d}"
        raise ConfigurationError(
            f"{option} {day} is before {earliest}: choose a later date"
            if day < date.fromisoformat(earliest)
            else f"{option} {day} is not over yet: choose a date up to yesterday"
        )


def _execute(settings: Settings, business_date: date, watch: Callable[[Step], None] | None) -> "ExecuteInProcessResult":
    from dagster import DagsterInstance

    from orchestration.definitions import build_definitions

    definitions = build_definitions(settings)
    run_id = str(uuid.uuid4())
    with DagsterInstance.get() as instance:
        if watch:
            instance.add_event_listener(run_id, _watching(watch))
        return definitions.resolve_job_def("nightly").execute_in_process(
            partition_key=business_date.isoformat(),
            instance=instance,
            run_id=run_id,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )


def _watching(watch: Callable[[Step], None]) -> "Callable[[EventLogEntry], None]":
    """What Dagster calls with each event of the run."""
    made: dict[str, int] = {}
    rows: dict[str, int] = {}

    def hear(entry: "EventLogEntry") -> None:
        event = entry.dagster_event
        if event is None or event.step_key is None:
            return
        name = event.step_key
        if event.is_step_start:
            watch(Step(name))
        elif event.is_step_materialization:
            made[name] = made.get(name, 0) + 1
            count = event.materialization.metadata.get("rows")
            if count is not None and isinstance(count.value, int):
                rows[name] = rows.get(name, 0) + count.value
        elif event.is_step_success:
            seconds = event.step_success_data.duration_ms / 1000
            watch(Step(name, seconds, made.get(name, 0), rows.get(name)))
        elif event.is_step_failure:
            watch(Step(name, 0.0, made.get(name, 0), rows.get(name), is_failed=True))

    return hear


def _listed(events: Sequence["DagsterEvent"], kind: str) -> list[str]:
    """The lists in the metadata of the night's assets under a name: `warnings` or `withheld`."""
    listed = [event.materialization.metadata.get(kind) for event in events if event.is_step_materialization]
    return [str(warning) for value in listed if value is not None for warning in _list(value.value)]


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _causes(events: Sequence["DagsterEvent"]) -> list[str]:
    """The checks that stopped the night, or why steps failed, or why the run could not begin."""
    checks = _blocking_checks(events)
    if checks:
        return checks
    steps = [f"{event.step_key}: {_reason(event.step_failure_data.error)}" for event in events if event.is_step_failure]
    runs = [_reason(event.job_failure_data.error) for event in events if event.is_job_failure]
    starts = [_reason(event.engine_event_data.error) for event in events if event.is_engine_event]
    return steps or [reason for reason in [*starts, *runs] if reason][:1]


def _blocking_checks(events: Sequence["DagsterEvent"]) -> list[str]:
    """The failed expectations with counts and figures; failed tests of dbt are in the error of their step."""
    from dagster import AssetCheckEvaluation, AssetCheckSeverity

    from exports.delivery.checks import DRIFT

    checks = [event.event_specific_data for event in events if event.event_type_value == "ASSET_CHECK_EVALUATION"]
    return [
        f"{check.check_name} of {check.asset_key.to_user_string()}: "
        + ", ".join(f"{name} ({value.value})" for name, value in check.metadata.items())
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
    reason = redact_stored(error.cls_name or "", error.message.strip())
    return reason.removeprefix(f"{_SAFE_ERROR}: ")[:_LONGEST_REASON]

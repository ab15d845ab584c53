"""The sensors: for new files in the inbox, for a failed run, and for a night that did not run.

`starts.py` decides what new files start.
"""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dagster import (
    DagsterRun,
    DefaultSensorStatus,
    ResourceParam,
    RunFailureSensorContext,
    RunRequest,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    run_failure_sensor,
    sensor,
)

from orchestration.home.alerts import night_failed, send_alert
from orchestration.home.home import Home
from orchestration.home.lock import is_busy
from orchestration.home.settings import Settings
from orchestration.night.jobs import nightly
from orchestration.night.partitions import TIMEZONE, today
from orchestration.past_nights.recovery import what_is_public
from orchestration.triggers.intake import Deliveries, intake, take_deliveries
from orchestration.triggers.starts import Starts, starts
from sources.contracts.catalogue import load_contracts
from sources.landing.inbox import Arrival, waiting

LATEST_HOUR = 6
_CHECK_EVERY_SECONDS = 900
_LOOK_EVERY_SECONDS = 60


@sensor(
    name="new_deliveries",
    jobs=[intake, nightly],
    minimum_interval_seconds=_LOOK_EVERY_SECONDS,
    default_status=DefaultSensorStatus.RUNNING,
)
def new_deliveries(context: SensorEvaluationContext, settings: ResourceParam[Settings]) -> SensorResult | SkipReason:
    """Start the runs for new files; the cursor has the versions of the waiting files that started runs already."""
    day = today()
    if is_busy(settings.home):
        return SkipReason("a night or an intake is running; the sensor checks the inbox again after it")
    arrivals = _arrivals(settings.home, day)
    closed_day = day - timedelta(days=1)
    is_published = (settings.home.published / closed_day.isoformat()).exists()
    started = starts(arrivals, json.loads(context.cursor or "[]"), closed_day, is_published=is_published)
    cursor = json.dumps([arrival.version for arrival in arrivals])
    if started is None:
        return SensorResult(skip_reason="nothing new in the inbox", cursor=cursor)
    return SensorResult(run_requests=_requests(started), cursor=cursor)


def _arrivals(home: Home, day: date) -> list[Arrival]:
    """The files that wait in the inbox."""
    return [arrival for contract in load_contracts() for arrival in waiting(home.directory, contract, day)]


def _requests(started: Starts) -> list[RunRequest]:
    """The requests in order; the queue runs one at a time. If the night ran first, it would land the same files."""
    deliveries = Deliveries(files={source: list(names) for source, names in started.files.items()})
    config = {"ops": {take_deliveries.name: {"config": deliveries.model_dump()}}}
    requests = [RunRequest(run_key=started.intake_key, job_name=intake.name, run_config=config)]
    if started.night is not None:
        night = started.night.isoformat()
        requests.append(RunRequest(run_key=started.night_key, job_name=nightly.name, partition_key=night))
    return requests


@run_failure_sensor(
    name="alert_on_failure", monitored_jobs=[nightly, intake], default_status=DefaultSensorStatus.RUNNING
)
def alert_on_failure(context: RunFailureSensorContext, settings: ResourceParam[Settings]) -> None:
    """Send an alert about a failed run; Dagster's run has the redacted reason."""
    send_alert(settings, failure_text(settings.home, context.dagster_run))


def failure_text(home: Home, run: DagsterRun) -> str:
    """The text of the alert about a failed run."""
    if run.job_name == intake.name:
        return f"Fil: an intake failed; the next night takes the files that are still in the inbox (run {run.run_id})"
    night = run.tags.get("dagster/partition")
    if night is None:
        return night_failed("of an unknown date", run.run_id)
    return night_failed(night, run.run_id, what_is_public(home, date.fromisoformat(night), run.run_id))


@sensor(
    name="alert_on_missing_night",
    minimum_interval_seconds=_CHECK_EVERY_SECONDS,
    default_status=DefaultSensorStatus.RUNNING,
)
def alert_on_missing_night(context: SensorEvaluationContext, settings: ResourceParam[Settings]) -> SkipReason:
    """Send an alert once a day, after six in the morning, if yesterday is not published."""
    missing = missing_night(settings.home.published, datetime.now(ZoneInfo(TIMEZONE)))
    if missing is None or context.cursor == missing.isoformat():
        return SkipReason("the last closed day is published, or this alert was already sent")
    send_alert(settings, f"Fil: the night {missing} did not run; `current` still shows an older one")
    context.update_cursor(missing.isoformat())
    return SkipReason(f"the night {missing} did not run")


def missing_night(published: Path, now: datetime) -> date | None:
    """Yesterday, if it should be published by now and is not; or None."""
    expected = now.date() - timedelta(days=1)
    if now.hour < LATEST_HOUR or (published / expected.isoformat()).exists():
        return None
    return expected

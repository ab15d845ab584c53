"""Watches over the night: one sensor for a run that failed, one for a night that did not run."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dagster import (
    DefaultSensorStatus,
    RunFailureSensorContext,
    SensorEvaluationContext,
    SkipReason,
    run_failure_sensor,
    sensor,
)

from orchestration.alerts import send_alert
from orchestration.jobs import nightly
from orchestration.partitions import TIMEZONE
from orchestration.settings import Settings

LATEST_HOUR = 6
_CHECK_EVERY_SECONDS = 900


@run_failure_sensor(name="alert_on_failure", monitored_jobs=[nightly], default_status=DefaultSensorStatus.RUNNING)
def alert_on_failure(context: RunFailureSensorContext) -> None:
    """Tell that a night failed; the reason stands, redacted, in Dagster's run."""
    run = context.dagster_run
    night = run.tags.get("dagster/partition", "of an unknown date")
    send_alert(Settings.from_environment(), f"Fil: the night {night} failed and published nothing (run {run.run_id})")


@sensor(
    name="alert_on_missing_night",
    minimum_interval_seconds=_CHECK_EVERY_SECONDS,
    default_status=DefaultSensorStatus.RUNNING,
)
def alert_on_missing_night(context: SensorEvaluationContext) -> SkipReason:
    """Tell once a day, after six in the morning, that yesterday is not published."""
    settings = Settings.from_environment()
    missing = missing_night(settings.published, datetime.now(ZoneInfo(TIMEZONE)))
    if missing is None or context.cursor == missing.isoformat():
        return SkipReason("the last closed day is published, or this was said already")
    send_alert(settings, f"Fil: the night {missing} did not run; `current` still shows an older one")
    context.update_cursor(missing.isoformat())
    return SkipReason(f"the night {missing} did not run")


def missing_night(published: Path, now: datetime) -> date | None:
    """The day just closed, when it should be published by now and is not."""
    expected = now.date() - timedelta(days=1)
    if now.hour < LATEST_HOUR or (published / expected.isoformat()).exists():
        return None
    return expected

"""When the night runs: 02:30 in Madrid, for the day just closed."""

from dagster import DefaultScheduleStatus, build_schedule_from_partitioned_job

from orchestration.night.jobs import nightly

nightly_schedule = build_schedule_from_partitioned_job(
    nightly,
    name="nightly_schedule",
    hour_of_day=2,
    minute_of_hour=30,
    default_status=DefaultScheduleStatus.RUNNING,
)

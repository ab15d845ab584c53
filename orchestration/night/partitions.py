"""Business dates: a night's partition is the day before. Only the schedule and sensors read the clock."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from dagster import BackfillPolicy, DailyPartitionsDefinition

TIMEZONE = "Europe/Madrid"
FIRST_BUSINESS_DATE = "2020-01-01"

business_dates = DailyPartitionsDefinition(start_date=FIRST_BUSINESS_DATE, timezone=TIMEZONE)

# A backfill runs its nights one by one, the oldest first, because each is a commit of its own.
one_night_a_run = BackfillPolicy.multi_run(max_partitions_per_run=1)


def today() -> date:
    """The present day in the city's time zone; its extract may have arrived already."""
    return datetime.now(ZoneInfo(TIMEZONE)).date()

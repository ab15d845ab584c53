"""Business dates: a night's partition is the day just closed; schedule and sensors alone read the wall clock."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from dagster import BackfillPolicy, DailyPartitionsDefinition

TIMEZONE = "Europe/Madrid"
FIRST_BUSINESS_DATE = "2020-01-01"

business_dates = DailyPartitionsDefinition(start_date=FIRST_BUSINESS_DATE, timezone=TIMEZONE)

# A backfill runs its nights one by one, oldest first: each is a commit of its own.
one_night_a_run = BackfillPolicy.multi_run(max_partitions_per_run=1)


def today() -> date:
    """The day that it is in the city, whose extract may have come already."""
    return datetime.now(ZoneInfo(TIMEZONE)).date()

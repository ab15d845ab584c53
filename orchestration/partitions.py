"""Business dates: the partition of a night is the day just closed; the wall clock is read by the schedule alone."""

from dagster import BackfillPolicy, DailyPartitionsDefinition

TIMEZONE = "Europe/Madrid"
FIRST_BUSINESS_DATE = "2020-01-01"

business_dates = DailyPartitionsDefinition(start_date=FIRST_BUSINESS_DATE, timezone=TIMEZONE)

# A backfill runs its nights one by one, oldest first: each is a commit of its own.
one_night_a_run = BackfillPolicy.multi_run(max_partitions_per_run=1)

"""Business dates: the partition of a night is the day just closed; the wall clock is read by the schedule alone."""

from dagster import DailyPartitionsDefinition

TIMEZONE = "Europe/Madrid"
FIRST_BUSINESS_DATE = "2020-01-01"

business_dates = DailyPartitionsDefinition(start_date=FIRST_BUSINESS_DATE, timezone=TIMEZONE)

"""From inbox to the raw tables of the work database, one chain of assets per contract."""

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    Backoff,
    MaterializeResult,
    RetryPolicy,
    asset,
)

from matching.registry import RegistryError
from orchestration.commit import finish_announced_commits
from orchestration.database import create_work_database, work_database
from orchestration.partitions import business_dates, one_night_a_run
from orchestration.redaction import StepFailed, redacted
from orchestration.resources import Night, business_date_of
from sources.contract import Contract
from sources.errors import SourceError
from sources.landing import land
from sources.loading import load_raw
from sources.parsing import parse

# A shared folder that is gone for a moment comes back; nothing after the landing depends on anything but this machine.
_UNTIL_IT_IS_BACK = RetryPolicy(max_retries=2, delay=5, backoff=Backoff.EXPONENTIAL)

RUN = AssetKey(["raw", "run"])


@asset(key=RUN, partitions_def=business_dates, backfill_policy=one_night_a_run, group_name="raw")
def work_database_begun(context: AssetExecutionContext, night: Night) -> None:
    """The night's empty hub, after any commit that a killed night had announced is finished."""
    settings = night.settings
    with redacted(RegistryError):
        finish_announced_commits(settings)
        create_work_database(settings.work_database, settings.hub_key, business_date_of(context.partition_key))


def landing_asset(contract: Contract) -> AssetsDefinition:
    """The originals of one source, write-once."""

    @asset(
        key=AssetKey(["landing", contract.source]),
        partitions_def=business_dates,
        backfill_policy=one_night_a_run,
        group_name="landing",
        retry_policy=_UNTIL_IT_IS_BACK,
    )
    def landed(context: AssetExecutionContext, night: Night) -> MaterializeResult[None]:
        with redacted(SourceError):
            result = land(night.settings.home, contract, business_date_of(context.partition_key))
        for warning in result.warnings:
            context.log.warning(warning)
        return MaterializeResult(metadata={"landed": len(result.landed), "warnings": list(result.warnings)})

    return landed


def raw_asset(contract: Contract) -> AssetsDefinition:
    """The source as of the business date, in the work database; bad rows in quarantine with their reasons."""

    @asset(
        key=AssetKey(["raw", contract.relation]),
        deps=[AssetKey(["landing", contract.source]), RUN],
        partitions_def=business_dates,
        backfill_policy=one_night_a_run,
        group_name="raw",
    )
    def raw(context: AssetExecutionContext, night: Night) -> MaterializeResult[None]:
        settings, business_date = night.settings, business_date_of(context.partition_key)
        with redacted(SourceError, StepFailed):
            parsed = parse(settings.home, contract, business_date)
            with work_database(settings.work_database, settings.hub_key) as connection:
                loaded = load_raw(connection, settings.home, contract, business_date)
        for warning in loaded.warnings:
            context.log.warning(warning)
        if loaded.is_stale:
            raise StepFailed(
                f"{contract.source}: no good extract within the {contract.delivery.staleness_days} days that its "
                "contract allows; nothing is published until it delivers"
            )
        return MaterializeResult(
            metadata={
                "rows": loaded.rows,
                "staleness_days": loaded.staleness_days or 0,
                "rows_in": sum(result.rows_in for result in parsed),
                "quarantined": sum(result.rows_quarantined for result in parsed),
                "warnings": list(loaded.warnings),
            }
        )

    return raw

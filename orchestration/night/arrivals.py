"""From inbox and connections to the raw tables of the work database, one chain of assets per contract."""

from collections.abc import Iterator
from datetime import date

from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Backoff,
    MaterializeResult,
    RetryPolicy,
    asset,
    multi_asset,
)

from exports.delivery.checks import LOADED, forget_after, forget_outcomes, record_outcomes
from exports.errors import PublicationError
from matching.registry.ids import RegistryError
from orchestration.home.redaction import StepFailed, redacted
from orchestration.home.settings import Settings
from orchestration.home.work_database import asking_connection, create_work_database
from orchestration.night.checks import freshness_result, freshness_spec
from orchestration.night.partitions import business_dates, one_night_a_run
from orchestration.night.resources import Night, business_date_of
from orchestration.past_nights.recovery import finish_announced_commits
from sources.base.errors import SourceError
from sources.base.wording import counted
from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import Contract, raw_relations
from sources.landing.extraction import extract
from sources.landing.fetching import bring, clear_fetched
from sources.landing.land import LandingResult, land
from sources.loading.lotteries import load_draws
from sources.loading.raw_tables import files_in_views, load_raw, record_agreements
from sources.parsing.parse import parse

# A shared folder may be unavailable for a moment. After the landing, everything depends on this machine only.
_UNTIL_IT_IS_BACK = RetryPolicy(max_retries=2, delay=5, backoff=Backoff.EXPONENTIAL)

RUN = AssetKey(["raw", "run"])
AGREEMENTS = AssetKey(["raw", "agreements"])
DRAWS = AssetKey(["raw", "draws"])


@multi_asset(
    name="work_database_begun",
    specs=[AssetSpec(key, group_name="raw") for key in (RUN, AGREEMENTS, DRAWS)],
    partitions_def=business_dates,
    backfill_policy=one_night_a_run,
)
def work_database_begun(context: AssetExecutionContext, night: Night) -> Iterator[MaterializeResult[None]]:
    """Finish the commit of a killed night, then make the night's work database with the agreements in force."""
    settings = night.settings
    with night.step(context, is_first=True), redacted(RegistryError, PublicationError):
        finish_announced_commits(settings)
        business_date = business_date_of(context.partition_key)
        create_work_database(settings.home.work_database, settings.home.hub_key, business_date)
        with night.work_database() as connection:
            record_agreements(connection, load_contracts(), business_date)
            load_draws(connection, settings.home.directory, business_date)
    for key in (RUN, AGREEMENTS, DRAWS):
        yield MaterializeResult(asset_key=key)


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
        settings, business_date = night.settings, business_date_of(context.partition_key)
        with redacted(SourceError):
            results = [
                land(settings.home.directory, contract, business_date),
                _connected(settings, contract, business_date),
            ]
        warnings = [warning for result in results for warning in result.warnings]
        for warning in warnings:
            context.log.warning(warning)
        landed_count = sum(len(result.landed) for result in results)
        return MaterializeResult(metadata={"landed": landed_count, "warnings": warnings})

    return landed


def _connected(settings: Settings, contract: Contract, business_date: date) -> LandingResult:
    """Land the extracts from the source's connection, if it has one."""
    # A killed night may have left fetched files, and the connection may be removed since.
    clear_fetched(settings.home.directory, contract)
    connection = settings.connections.get(contract.source)
    if connection is None:
        return LandingResult((), ())
    if connection.is_database:
        with asking_connection() as asking:
            return extract(asking, connection.url, settings.home.directory, contract, business_date)
    return bring(connection, settings.home.directory, contract, business_date)


def raw_asset(contract: Contract) -> AssetsDefinition:
    """The raw tables of a source as of the business date; rows that break the contract go to quarantine."""
    keys = [AssetKey(["raw", relation]) for relation in raw_relations(contract)]
    before = [AssetKey(["landing", contract.source]), RUN]
    freshness = freshness_spec(keys[0], contract.delivery)
    loaded_relation = f"raw.{contract.relation}"

    @multi_asset(
        name=f"raw__{contract.relation}",
        specs=[AssetSpec(key, deps=before, group_name="raw") for key in keys],
        check_specs=[freshness],
        partitions_def=business_dates,
        backfill_policy=one_night_a_run,
    )
    def raw(context: AssetExecutionContext, night: Night) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
        settings, business_date = night.settings, business_date_of(context.partition_key)
        with night.step(context) as beside, redacted(SourceError, RegistryError, StepFailed):
            parsed = parse(settings.home.directory, contract, business_date, bound=settings.parse_bound)
            with night.work_database() as connection:
                forget_after(connection, "raw")
                forget_outcomes(connection, loaded_relation)
                loaded = load_raw(connection, settings.home.directory, contract, business_date)
                beside |= set(files_in_views(connection, contract))
                if not loaded.is_stale:
                    record_outcomes(connection, LOADED, [loaded_relation], [])
        warnings = [*loaded.warnings, *(warning for result in parsed for warning in result.warnings)]
        for warning in warnings:
            context.log.warning(warning)
        yield freshness_result(freshness, contract.delivery, loaded)
        if loaded.is_stale:
            allowed = counted(contract.delivery.staleness_days, "day")
            late = f"it has no good extract within the {allowed} that its contract allows"
            remedy = "its agreement is renewed" if loaded.gap else "it delivers a good extract"
            raise StepFailed(f"{contract.source}: {loaded.gap or late}; no night is published until {remedy}")
        yield MaterializeResult(
            asset_key=keys[0],
            metadata={
                "rows": loaded.rows,
                "released": loaded.rows_released,
                "staleness_days": loaded.staleness_days or 0,
                "rows_in": sum(result.rows_in for result in parsed),
                "quarantined": sum(result.rows_quarantined for result in parsed),
                "warnings": warnings,
            },
        )
        for key in keys[1:]:
            yield MaterializeResult(asset_key=key, metadata={"rows": loaded.rows_beside.get(key.path[-1], 0)})

    return raw

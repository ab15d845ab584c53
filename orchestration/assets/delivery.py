"""The night's end: what may leave, then deliveries and publication staged, verified and sealed in one commit."""

from collections.abc import Iterable, Iterator

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, AssetSpec, MaterializeResult, multi_asset

from exports.commit import SealPlan, seal
from exports.contract import TARGETS, ContractError, load_contract
from exports.delivery import save_candidates, stage_delivery
from exports.gate import GateError
from exports.ledger import find_corrections, record_deliveries
from exports.manifest import DeliveryError
from exports.publish import PublicationError, stage_publication
from exports.reserved import Past, protections_of_nobody
from matching.registry import RegistryError
from matching.registry_backup import back_up
from orchestration.commit import registry_step
from orchestration.database import work_database
from orchestration.history import hub_history
from orchestration.partitions import business_dates, one_night_a_run
from orchestration.redaction import StepFailed, redacted
from orchestration.resources import Night, business_date_of

CURRENT = AssetKey(["published", "current"])
_UNKNOWN = (
    "proteccions: {} in force name nobody who is known, so that nobody is hidden for them; ask its owner for the"
    " inscription or the document"
)
_SAFE = (StepFailed, ContractError, GateError, DeliveryError, PublicationError, RegistryError)


def candidates_asset(marts: Iterable[AssetKey]) -> AssetsDefinition:
    """The rows that would leave for each target, kept in the work database for the checks before anything leaves."""
    deps = sorted(marts)
    specs = [AssetSpec(AssetKey(["exports", target]), deps=deps, group_name="exports") for target in TARGETS]

    @multi_asset(name="candidates", specs=specs, partitions_def=business_dates, backfill_policy=one_night_a_run)
    def candidates(context: AssetExecutionContext, night: Night) -> Iterator[MaterializeResult[None]]:
        settings, business_date = night.settings, business_date_of(context.partition_key)
        with redacted(*_SAFE), work_database(settings.work_database, settings.hub_key) as connection:
            for target in TARGETS:
                save_candidates(connection, load_contract(target), business_date)
        for target in TARGETS:
            yield MaterializeResult(asset_key=AssetKey(["exports", target]))

    return candidates


def publication_asset(marts: Iterable[AssetKey]) -> AssetsDefinition:
    """Both deliveries and the publication, which only exist together."""
    deps = [*sorted(marts), *(AssetKey(["exports", target]) for target in TARGETS)]
    specs = [
        *(AssetSpec(AssetKey(["deliveries", target]), deps=deps, group_name="exports") for target in TARGETS),
        AssetSpec(CURRENT, deps=deps, group_name="published"),
    ]

    @multi_asset(name="publication", specs=specs, partitions_def=business_dates, backfill_policy=one_night_a_run)
    def publication(context: AssetExecutionContext, night: Night) -> Iterator[MaterializeResult[None]]:
        settings, business_date = night.settings, business_date_of(context.partition_key)
        with redacted(*_SAFE):
            with work_database(settings.work_database, settings.hub_key) as connection:
                history = hub_history(settings)
                find_corrections(connection, history, business_date)
                staged = {
                    target: stage_delivery(
                        connection, settings.exports, load_contract(target), business_date, context.run_id,
                        with_corrections=True,
                    )
                    for target in TARGETS
                }  # fmt: skip
                record_deliveries(connection, ((one.manifest, one.staged) for one in staged.values()))
                published = stage_publication(
                    connection, settings.published, business_date, context.run_id, settings.hub_key
                )
                changes = history.stage(connection, business_date)
                past = Past(settings.published, settings.history, history.attach)
                unknown = protections_of_nobody(connection)
                hidden, changes = past.stage(connection, business_date.isoformat(), changes)
            plan = SealPlan(
                settings.published, settings.exports, published, tuple(staged.values()), settings.keep_days,
                settings.history, changes, hidden,
            )  # fmt: skip
            seal(plan, [registry_step(settings, business_date)])
            back_up(settings.registry_database, settings.backup, business_date, settings.keep_days)
        for target, delivery in staged.items():
            rows = {entry.name: entry.rows for entry in delivery.manifest.files}
            yield MaterializeResult(asset_key=AssetKey(["deliveries", target]), metadata={"rows": rows})
        warnings = [_UNKNOWN.format(unknown)] if unknown else []
        yield MaterializeResult(
            asset_key=CURRENT, metadata={"business_date": business_date.isoformat(), "warnings": warnings}
        )

    return publication

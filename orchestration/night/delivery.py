"""The end of a night: chooses what may be exported, then stages, verifies and commits deliveries and publication."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import duckdb
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    multi_asset,
)

from exports.contracts.contract import TARGETS, ContractError, load_contract
from exports.delivery.checks import require_checked, require_night
from exports.delivery.deliver import StagedDelivery, kept_back, save_candidates, stage_delivery
from exports.delivery.removals import begin_superseded
from exports.delivery.unreached import unreached
from exports.delivery.withheld import withheld_by_checks
from exports.errors import DeliveryError, PublicationError
from exports.gate.rows import GateError
from exports.publication.intact import require_intact
from exports.publication.last_delivered import find_last_delivered
from exports.publication.ledger import find_corrections, record_deliveries
from exports.publication.night_changes import History
from exports.publication.reserved import Past, protections_of_nobody
from exports.publication.revisions import stage_revisions
from exports.publication.seal import SealPlan, seal
from exports.publication.staging import DATABASE, stage_publication
from matching.registry.backup import back_up
from matching.registry.ids import RegistryError
from orchestration.home.home import Home
from orchestration.home.redaction import StepFailed, redacted
from orchestration.night.checks import required_outcomes
from orchestration.night.partitions import business_dates, one_night_a_run
from orchestration.night.resources import Night, business_date_of
from orchestration.outgoing.leaving import keep_back
from orchestration.past_nights.history import hub_history
from orchestration.past_nights.recovery import registry_step
from orchestration.past_nights.withheld_notice import keep_notice, send_notices
from sources.base.errors import SourceError

CURRENT = AssetKey(["published", "current"])
WHOLE = "delivered_whole"
_UNKNOWN = (
    "proteccions: {} protections in force match no known person, so they hide nobody; ask its owner for the NIA or the"
    " document"
)
_SAFE = (StepFailed, ContractError, GateError, DeliveryError, PublicationError, RegistryError, SourceError)


def candidates_asset(marts: Iterable[AssetKey]) -> AssetsDefinition:
    """The rows for each target, kept in the work database for the checks before anything is exported."""
    deps = sorted(marts)
    specs = [AssetSpec(AssetKey(["exports", target]), deps=deps, group_name="exports") for target in TARGETS]

    @multi_asset(name="candidates", specs=specs, partitions_def=business_dates, backfill_policy=one_night_a_run)
    def candidates(context: AssetExecutionContext, night: Night) -> Iterator[MaterializeResult[None]]:
        business_date = business_date_of(context.partition_key)
        with night.step(context), redacted(*_SAFE), night.work_database() as connection:
            require_night(connection, business_date)
            keep_back(connection, night.settings, business_date)
            for target in TARGETS:
                save_candidates(connection, load_contract(target), business_date)
        for target in TARGETS:
            yield MaterializeResult(asset_key=AssetKey(["exports", target]))

    return candidates


def publication_asset(marts: Iterable[AssetKey]) -> AssetsDefinition:
    """Both deliveries and the publication, in one commit."""
    deps = [*sorted(marts), *(AssetKey(["exports", target]) for target in TARGETS)]
    specs = [
        *(AssetSpec(AssetKey(["deliveries", target]), deps=deps, group_name="exports") for target in TARGETS),
        AssetSpec(CURRENT, deps=deps, group_name="published"),
    ]
    checks = [
        AssetCheckSpec(WHOLE, asset=AssetKey(["deliveries", target]), description="Nothing of it was withheld.")
        for target in TARGETS
    ]

    @multi_asset(
        name="publication",
        specs=specs,
        check_specs=checks,
        partitions_def=business_dates,
        backfill_policy=one_night_a_run,
    )
    def publication(
        context: AssetExecutionContext, night: Night
    ) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
        settings, business_date = night.settings, business_date_of(context.partition_key)
        home = settings.home
        with night.step(context), redacted(*_SAFE):
            with night.work_database() as connection:
                require_night(connection, business_date)
                require_checked(connection, required_outcomes())
                keep_back(connection, settings, business_date)
                history = hub_history(home)
                past = Past(history)
                is_anybody_new = past.find(connection)
                begin_superseded(connection, home.exports, business_date, "from reserved_recipients")
                revised = stage_revisions(connection, home.exports, business_date, past) if is_anybody_new else []
                staged = _stage_deliveries(connection, home, history, business_date, context.run_id)
                published = stage_publication(connection, home.published, business_date, context.run_id, home.hub_key)
                changes = history.stage(connection, business_date)
                unknown = protections_of_nobody(connection)
                hidden, changes = past.stage(connection, business_date.isoformat(), changes, is_anybody_new)
                latest = past.stage_latest(connection, published, (*changes, *hidden), is_anybody_new)
                warnings = [_UNKNOWN.format(unknown)] if unknown else []
                warnings += _kept_back(connection, business_date) + _revised(revised) + unreached(connection)
            plan = SealPlan(
                home.published, home.exports, published, (*staged.values(), *revised), settings.keep_days,
                home.history, (*changes, latest), hidden,
            )  # fmt: skip
            stems = [file.stem for delivery in staged.values() for file in delivery.withheld]
            keep_notice(home, business_date, context.run_id, stems)
            seal(plan, [registry_step(home.registry, business_date)])
            # Sent at once: the night is public, whatever fails after this.
            alert_warnings = send_notices(settings)
            back_up(home.registry, home.backup, business_date, settings.keep_days)
            # Compute the checksum of the hub now, because every reader needs it and it takes seconds.
            require_intact(published.final / DATABASE, home.known_sums)
        withheld = {target: [str(file) for file in delivery.withheld] for target, delivery in staged.items()}
        warnings += alert_warnings
        for target, delivery in staged.items():
            yield from _results(target, delivery)
        yield MaterializeResult(
            asset_key=CURRENT,
            metadata={
                "business_date": business_date.isoformat(),
                "warnings": warnings,
                "withheld": [f"{target}: {file}" for target, files in withheld.items() for file in files],
            },
        )

    return publication


def _stage_deliveries(
    connection: duckdb.DuckDBPyConnection, home: Home, history: History, business_date: date, run_id: str
) -> dict[str, StagedDelivery]:
    """Stage both deliveries, without what the checks withhold, and the ledger of what is delivered."""
    find_corrections(connection, history, business_date)
    find_last_delivered(connection, history, business_date)
    staged = {}
    for contract in map(load_contract, TARGETS):
        withheld = withheld_by_checks(connection, contract)
        staged[contract.target] = stage_delivery(
            connection, home.exports, contract, business_date, run_id, withheld=withheld, with_ledger=True
        )
    record_deliveries(connection, ((delivery.manifest, delivery.staged) for delivery in staged.values()))
    return staged


def _kept_back(connection: duckdb.DuckDBPyConnection, business_date: date) -> list[str]:
    """The warning about people who are left out because of what is known since the business date."""
    counted = {target: kept_back(connection, load_contract(target), business_date) for target in TARGETS}
    counts = ", ".join(f"{target} {people}" for target, people in counted.items() if people)
    why = "because of a later night, or of extracts that no night has published yet"
    return [f"{business_date}: people left out who may no longer be exported, {why}: {counts}"] if counts else []


def _revised(revised: Sequence[StagedDelivery]) -> list[str]:
    """The warning about earlier deliveries that were replaced, so that their receivers take them again."""
    if not revised:
        return []
    replaced = ", ".join(f"{delivery.manifest.target} {delivery.manifest.business_date}" for delivery in revised)
    return [
        f"deliveries rebuilt without the address and contact of people who became protected since: {replaced}; ask "
        "their receivers to replace their files"
    ]


def _results(target: str, delivery: StagedDelivery) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
    key = AssetKey(["deliveries", target])
    rows = {entry.name: entry.rows for entry in delivery.manifest.files}
    yield MaterializeResult(asset_key=key, metadata={"rows": rows})
    yield AssetCheckResult(
        check_name=WHOLE,
        asset_key=key,
        passed=not delivery.withheld,
        severity=AssetCheckSeverity.WARN,
        metadata={file.stem: ", ".join(map(str, file.reasons)) for file in delivery.withheld},
    )

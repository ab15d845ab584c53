"""Who is whom: Splink and its guard rails, then stable person ids, between dbt's two halves."""

from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetKey, AssetSpec, MaterializeResult, multi_asset

from exports.delivery.checks import forget_after
from matching.clustering.memory import Memory
from matching.evaluation.night_figures import write_metrics
from matching.identity.impact import ImpactRefused, require_budget
from matching.model.model_file import ModelError, promoted_model
from matching.night import identify, link_organisations, link_people
from matching.records.person_records import count_rows
from matching.registry.decisions import load_judgements
from matching.registry.ids import RegistryError
from matching.scoring.engine import EngineError, bound_memory
from orchestration.home.redaction import redacted
from orchestration.linking.engine import named_engine
from orchestration.night.checks import LINKAGE_METRICS
from orchestration.night.partitions import business_dates, one_night_a_run
from orchestration.night.past_figures import carry_history
from orchestration.night.resources import Night, business_date_of

MENTIONS = AssetKey(["intermediate", "int_person_mentions"])
ORGANISATION_MENTIONS = AssetKey(["intermediate", "int_organisation_mentions"])
LINKAGE_TABLES = ("scored_pairs", "mention_links", "conflicts", "person_events", "review_cases")
ORGANISATION_TABLES = (
    "organisation_pairs",
    "organisation_links",
    "organisation_conflicts",
    "organisation_events",
    "organisation_review_cases",
)
MODELS = AssetKey(["linkage", "models"])
NIGHTS = AssetKey(["linkage", "nights"])
_SAFE = (EngineError, ImpactRefused, ModelError, RegistryError)


@multi_asset(
    name="linkage",
    specs=[
        AssetSpec(AssetKey(["linkage", table]), deps=[MENTIONS, ORGANISATION_MENTIONS], group_name="linkage")
        for table in (*LINKAGE_TABLES, *ORGANISATION_TABLES, MODELS.path[-1], NIGHTS.path[-1], LINKAGE_METRICS.path[-1])
    ],
    partitions_def=business_dates,
    backfill_policy=one_night_a_run,
)
def linkage(context: AssetExecutionContext, night: Night) -> Iterator[MaterializeResult[None]]:
    """Scored pairs, links of mentions to persons, cases for review and the life of ids."""
    settings, business_date = night.settings, business_date_of(context.partition_key)
    with night.step(context), redacted(*_SAFE), night.work_database() as connection:
        forget_after(connection, "linkage")
        judgements = load_judgements(settings.registry_database, business_date)
        memory = Memory(settings.registry_database, business_date)
        of_organisations, of_people = (promoted_model(settings.models / kind) for kind in ("organisation", "person"))
        engine = named_engine(settings.linkage_engine, lambda: settings, context.log.info)
        bound_memory(connection, count_rows(connection, ".".join(["work", *MENTIONS.path])), settings.memory.step_bytes)
        organisations = link_organisations(connection, of_organisations, judgements, memory, engine=engine)
        people = link_people(connection, of_people, judgements, memory, engine=engine)
        pending = identify(connection, settings.registry_database, business_date)
        changed = require_budget(connection, settings.registry_database, business_date)
        held_against = carry_history(connection, settings, business_date)
        write_metrics(connection, business_date)
    models = {"persons": of_people.stem, "organisations": of_organisations.stem}
    yield MaterializeResult(asset_key=MODELS, metadata=models)
    yield MaterializeResult(asset_key=NIGHTS)
    yield MaterializeResult(asset_key=LINKAGE_METRICS, metadata={"night_before": str(held_against)})
    for tables, stats in ((LINKAGE_TABLES, people), (ORGANISATION_TABLES, organisations)):
        rows = (stats.pairs, stats.mentions, stats.conflicts, pending.events, stats.cases)
        for table, count in zip(tables, rows, strict=True):
            yield MaterializeResult(
                asset_key=AssetKey(["linkage", table]),
                metadata={
                    "rows": count,
                    "clusters": stats.persons,
                    "in_review": stats.in_review,
                    "people_changed": changed.people,
                },
            )

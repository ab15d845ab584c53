"""Who is whom: Splink and its guard rails, then stable person ids, between dbt's two halves."""

from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetKey, AssetSpec, MaterializeResult, multi_asset

from matching.judgements import load_judgements
from matching.night import identify_people, link_people
from matching.registry import RegistryError
from matching.train import ModelError, promoted_model
from orchestration.database import work_database
from orchestration.partitions import business_dates, one_night_a_run
from orchestration.redaction import redacted
from orchestration.resources import Night, business_date_of

MENTIONS = AssetKey(["intermediate", "int_person_mentions"])
LINKAGE_TABLES = ("scored_pairs", "mention_links", "conflicts", "person_events")
_SAFE = (ModelError, RegistryError)


@multi_asset(
    name="linkage",
    specs=[AssetSpec(AssetKey(["linkage", table]), deps=[MENTIONS], group_name="linkage") for table in LINKAGE_TABLES],
    partitions_def=business_dates,
    backfill_policy=one_night_a_run,
)
def linkage(context: AssetExecutionContext, night: Night) -> Iterator[MaterializeResult[None]]:
    """Scored pairs, links of mentions to persons, cases for review and the life of ids."""
    settings, business_date = night.settings, business_date_of(context.partition_key)
    with redacted(*_SAFE), work_database(settings.work_database, settings.hub_key) as connection:
        judgements = load_judgements(settings.registry_database, business_date)
        stats = link_people(connection, promoted_model(settings.models), judgements)
        pending = identify_people(connection, settings.registry_database, business_date)
    rows = {
        "scored_pairs": stats.pairs,
        "mention_links": stats.mentions,
        "conflicts": stats.conflicts,
        "person_events": pending.events,
    }
    for table, count in rows.items():
        yield MaterializeResult(
            asset_key=AssetKey(["linkage", table]),
            metadata={"rows": count, "persons": stats.persons, "in_review": stats.in_review},
        )

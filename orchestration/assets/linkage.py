"""Who is whom: Splink and its guard rails, then stable person ids, between dbt's two halves."""

from dagster import AssetExecutionContext, AssetKey, AssetSpec, MaterializeResult, multi_asset
from matching.night import identify_people, link_people

from orchestration.database import work_database
from orchestration.partitions import business_dates
from orchestration.redaction import StepFailed, redacted
from orchestration.resources import Night, business_date_of

MENTIONS = AssetKey(["intermediate", "int_person_mentions"])
LINKAGE_TABLES = ("scored_pairs", "mention_links", "conflicts", "person_events")


@multi_asset(
    name="linkage",
    specs=[AssetSpec(AssetKey(["linkage", table]), deps=[MENTIONS], group_name="linkage") for table in LINKAGE_TABLES],
    partitions_def=business_dates,
)
def linkage(context: AssetExecutionContext, night: Night) -> object:
    """Scored pairs, links of mentions to persons, cases for review and the life of ids."""
    settings = night.settings
    with (
        redacted(StepFailed),
        work_database(settings.work_database, settings.hub_key) as connection,
    ):
        stats = link_people(connection)
        pending = identify_people(connection, settings.registry_database, business_date_of(context.partition_key))
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

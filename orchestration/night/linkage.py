"""The linkage asset: links mentions and gives stable person ids, between dbt's two halves."""

from collections.abc import Iterator

from dagster import AssetExecutionContext, AssetKey, AssetSpec, MaterializeResult, multi_asset

from exports.delivery.checks import forget_after
from matching.clustering.memory import Memory
from matching.evaluation.night_figures import write_metrics
from matching.identity.impact import ImpactRefused, require_budget
from matching.model.model_file import ModelError, promoted_model
from matching.night import identify, link_mentions
from matching.parties import KINDS, PERSON, PartyKind
from matching.records.person_records import count_rows
from matching.registry.decisions import load_judgements
from matching.registry.ids import RegistryError
from matching.relations import ABSENT_LINKS
from matching.scoring.engine import EngineError, bound_memory
from orchestration.home.redaction import redacted
from orchestration.linking.engine import named_engine
from orchestration.night.checks import LINKAGE_METRICS
from orchestration.night.partitions import business_dates, one_night_a_run
from orchestration.night.past_figures import carry_history
from orchestration.night.resources import Night, business_date_of
from orchestration.past_nights.history import hub_history
from orchestration.past_nights.sent_messages import find_sent_messages

MENTIONS = [AssetKey(kind.mentions.split(".")[1:]) for kind in KINDS]
MODELS = AssetKey(["linkage", "models"])
NIGHTS = AssetKey(["linkage", "nights"])
ABSENT = AssetKey(["linkage", ABSENT_LINKS.table])
RESULTS = AssetKey(["raw", "campanyes__esdeveniments"])
SENT_MESSAGES = AssetKey(["linkage", "sent_messages"])
_SAFE = (EngineError, ImpactRefused, ModelError, RegistryError)


def _tables(kind: PartyKind) -> tuple[str, ...]:
    """The tables of a kind's linkage, by the names of the assets."""
    return tuple(relation.table for relation in (kind.pairs, kind.links, kind.conflicts, kind.events, kind.cases))


_TABLES = (
    *(table for kind in KINDS for table in _tables(kind)),
    *(key.path[-1] for key in (MODELS, NIGHTS, ABSENT, LINKAGE_METRICS)),
)


@multi_asset(
    name="linkage",
    specs=[
        *(AssetSpec(AssetKey(["linkage", table]), deps=MENTIONS, group_name="linkage") for table in _TABLES),
        AssetSpec(SENT_MESSAGES, deps=[*MENTIONS, RESULTS], group_name="linkage"),
    ],
    partitions_def=business_dates,
    backfill_policy=one_night_a_run,
)
def linkage(context: AssetExecutionContext, night: Night) -> Iterator[MaterializeResult[None]]:
    """Scored pairs, links of mentions to persons, cases for review, events of ids, and messages that were sent."""
    settings, business_date = night.settings, business_date_of(context.partition_key)
    with night.step(context), redacted(*_SAFE), night.work_database() as connection:
        forget_after(connection, "linkage")
        judgements = load_judgements(settings.home.registry, business_date)
        memory = Memory(settings.home.registry, business_date)
        models = {kind: promoted_model(settings.home.models / kind.entity) for kind in KINDS}
        engine = named_engine(settings.linkage_engine, lambda: settings, context.log.info)
        bound_memory(connection, count_rows(connection, PERSON.mentions), settings.memory.step_bytes)
        stats = {
            kind: link_mentions(connection, kind, model, judgements, memory, engine=engine)
            for kind, model in models.items()
        }
        pending = identify(connection, settings.home.registry, business_date)
        changed = require_budget(connection, settings.home.registry, business_date)
        night_before = carry_history(connection, settings.home, business_date)
        write_metrics(connection, business_date)
        sent_messages = find_sent_messages(connection, hub_history(settings.home), business_date)
    versions = {f"{kind.entity}s": model.stem for kind, model in models.items()}
    yield MaterializeResult(asset_key=MODELS, metadata=versions)
    yield MaterializeResult(asset_key=NIGHTS)
    yield MaterializeResult(asset_key=ABSENT)
    yield MaterializeResult(asset_key=SENT_MESSAGES, metadata={"rows": sent_messages})
    yield MaterializeResult(asset_key=LINKAGE_METRICS, metadata={"night_before": str(night_before)})
    for kind, counts in stats.items():
        rows = (counts.pairs, counts.mentions, counts.conflicts, pending.events, counts.cases)
        for table, count in zip(_tables(kind), rows, strict=True):
            yield MaterializeResult(
                asset_key=AssetKey(["linkage", table]),
                metadata={
                    "rows": count,
                    "clusters": counts.persons,
                    "in_review": counts.in_review,
                    "people_changed": changed.people,
                },
            )

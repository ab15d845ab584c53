"""The two steps of the night that the orchestration calls: link the mentions, then give the clusters their ids.

Each writes its result to `work.linkage`; the modules called here do the work.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from matching.clustering.cases import write_cases
from matching.clustering.clusters import write_clusters, write_conflicts
from matching.clustering.confidence import create_confidence
from matching.clustering.disputes import create_disputes
from matching.clustering.edges import all_refused, apply_rails, create_components, create_edges
from matching.clustering.memory import Memory, recall
from matching.identity.assignment import assign_ids, write_links
from matching.model.thresholds import CITY, LinkPolicy
from matching.parties import KINDS, PartyKind
from matching.records.party_records import create_records
from matching.records.person_records import count_rows
from matching.registry.decisions import Judgement, load_judgements
from matching.registry.ids import (
    PendingRegistry,
    add_changes,
    commit_pending,
    copy_nights,
    open_snapshot,
    write_pending,
)
from matching.registry.registry import Registry
from matching.relations import KNOWN_NIGHTS, NIGHTS
from matching.rules.candidates import create_candidates
from matching.scoring.engine import DUCKDB, Engine
from matching.scoring.pairs import predict_pairs, record_model


@dataclass(frozen=True)
class LinkStats:
    """Counts of a linkage, without anybody's data."""

    mentions: int
    persons: int  # or organisations
    pairs: int
    conflicts: int
    cases: int  # for review
    in_review: int


def link_mentions(
    connection: duckdb.DuckDBPyConnection,
    kind: PartyKind,
    model_path: Path,
    judgements: Sequence[Judgement] = (),
    memory: Memory | None = None,
    *,
    with_weights: bool = False,
    engine: Engine = DUCKDB,
) -> LinkStats:
    """Link the mentions of a kind of party; the kinds may be linked in any order.

    Reads: the kind's mentions.
    Writes: the kind's pairs, one row per pair; its clusters, one row per mention; its conflicts and its cases.

    Args:
        connection: to the work database.
        kind: of the mentions.
        model_path: the trained model.
        judgements: stewards' decisions in force.
        memory: the ids before the night; None if there are none.
        with_weights: whether the kind's pair weights are written, too.
        engine: what compares the pairs.
    """
    mentions = create_records(connection, kind)
    pairs = predict_pairs(connection, kind, model_path, mentions, with_weights=with_weights, engine=engine)
    record_model(connection, kind, model_path)
    return link_scored(connection, kind, mentions, pairs, CITY, judgements, memory)


def link_scored(
    connection: duckdb.DuckDBPyConnection,
    kind: PartyKind,
    mentions: int,
    pairs: int,
    policy: LinkPolicy,
    judgements: Sequence[Judgement] = (),
    memory: Memory | None = None,
) -> LinkStats:
    """Choose the links among scored pairs, and cluster them.

    Reads: the kind's mentions, records and pair scores.
    Writes: the kind's clusters, one row per mention; its conflicts and its cases.

    Args:
        connection: to the work database.
        kind: of the mentions.
        mentions: how many there are.
        pairs: how many are scored.
        policy: the weights from which pairs are linked.
        judgements: stewards' decisions in force.
        memory: the ids before the night; None if there are none.
    """
    create_candidates(connection, kind, policy)
    recall(connection, memory, kind)
    create_edges(connection, judgements)
    create_components(connection)
    rails = apply_rails(connection)
    create_disputes(connection, rails.disputed)
    create_confidence(connection)
    write_clusters(connection, kind)
    write_conflicts(connection, kind, all_refused(connection, rails), rails.disputed)
    write_cases(connection, kind)
    row = connection.execute(
        "select count(distinct cluster_id) filter (not is_in_review), count(*) filter (is_in_review)"
        f" from {kind.clusters}"
    ).fetchone()
    parties, in_review = row if row else (0, 0)
    return LinkStats(
        mentions,
        parties,
        pairs,
        count_rows(connection, kind.conflicts),
        count_rows(connection, kind.cases),
        in_review,
    )


def identify(
    connection: duckdb.DuckDBPyConnection, registry: Registry, business_date: date, kinds: Sequence[PartyKind] = KINDS
) -> PendingRegistry:
    """Give the clusters of each kind their ids; only `commit` changes the registry.

    Reads: each kind's mentions, pairs and clusters; the registry.
    Writes: each kind's links, one row per mention, and events, one row per change; `NIGHTS`, one row per night so far.
    """
    judgements = load_judgements(registry, business_date)
    for kind in kinds:
        secret = open_snapshot(connection, registry, business_date, kind.prefix)
        assign_ids(connection, business_date, secret, kind, judgements)
        write_links(connection, kind)
        add_changes(connection, is_first=kind == kinds[0])
    copy_nights(connection, registry, business_date)
    connection.execute(
        f"create or replace table {NIGHTS} as"
        f" select business_date from {KNOWN_NIGHTS} union all select $day::date order by business_date",
        {"day": business_date},
    )
    return write_pending(connection, registry, business_date)


def commit(registry: Registry, pending: PendingRegistry) -> bool:
    """Commit a night's pending changes; a repeated commit changes nothing and returns False."""
    return commit_pending(registry, pending)

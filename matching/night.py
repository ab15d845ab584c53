"""The two steps of the night that the orchestration calls: link the mentions, then give the persons their ids.

Each leaves its result in `work.linkage`; how it is done is for the modules called here.
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
from matching.parties import KINDS, ORGANISATIONS, PERSONS, Kind
from matching.records.organisation_records import create_organisation_records
from matching.records.person_records import count_rows, create_records
from matching.registry.decisions import Judgement, load_judgements
from matching.registry.ids import (
    PendingRegistry,
    add_changes,
    commit_pending,
    copy_nights,
    open_snapshot,
    write_pending,
)
from matching.relations import CLUSTERS, CONFLICTS, KNOWN_NIGHTS, NIGHTS, REVIEW_CASES, SCORED_PAIRS
from matching.rules.organisation_rules import create_organisation_candidates
from matching.rules.person_rules import create_candidates
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


def link_organisations(
    connection: duckdb.DuckDBPyConnection,
    model_path: Path,
    judgements: Sequence[Judgement] = (),
    memory: Memory | None = None,
    *,
    engine: Engine = DUCKDB,
) -> LinkStats:
    """Write `work.linkage.organisation_pairs`, `organisation_clusters`, `organisation_conflicts` and `…_review_cases`.

    They are made under the names of the persons' tables, which `link_people` writes afterwards.
    """
    mentions = create_organisation_records(connection)
    pairs = predict_pairs(connection, model_path, mentions, engine=engine)
    record_model(connection, "organisation", model_path)
    create_organisation_candidates(connection)
    recall(connection, memory, ORGANISATIONS.prefix)
    stats = _clustered(connection, mentions, pairs, judgements)
    for made, name in _OF_ORGANISATIONS.items():
        connection.execute(f"create or replace table work.linkage.{name} as from {made}")
    return stats


_OF_ORGANISATIONS = {
    SCORED_PAIRS: "organisation_pairs",
    CLUSTERS: "organisation_clusters",
    CONFLICTS: "organisation_conflicts",
    REVIEW_CASES: "organisation_review_cases",
}


def link_people(
    connection: duckdb.DuckDBPyConnection,
    model_path: Path,
    judgements: Sequence[Judgement] = (),
    memory: Memory | None = None,
    *,
    with_weights: bool = False,
    is_file: bool = False,
    engine: Engine = DUCKDB,
) -> LinkStats:
    """Write `work.linkage.scored_pairs`, `clusters`, `conflicts` and `review_cases` of the persons' mentions."""
    mentions = create_records(connection)
    pairs = predict_pairs(connection, model_path, mentions, with_weights=with_weights, is_file=is_file, engine=engine)
    record_model(connection, "person", model_path)
    create_candidates(connection, is_file=is_file)
    recall(connection, memory, PERSONS.prefix)
    return _clustered(connection, mentions, pairs, judgements)


def _clustered(
    connection: duckdb.DuckDBPyConnection, mentions: int, pairs: int, judgements: Sequence[Judgement]
) -> LinkStats:
    create_edges(connection, judgements)
    create_components(connection)
    rails = apply_rails(connection)
    create_disputes(connection, rails.disputed)
    create_confidence(connection)
    write_clusters(connection)
    write_conflicts(connection, all_refused(connection, rails), rails.disputed)
    write_cases(connection)
    row = connection.execute(
        f"select count(distinct cluster_id) filter (not is_in_review), count(*) filter (is_in_review) from {CLUSTERS}"
    ).fetchone()
    persons, in_review = row if row else (0, 0)
    return LinkStats(
        mentions,
        persons,
        pairs,
        count_rows(connection, CONFLICTS),
        count_rows(connection, REVIEW_CASES),
        in_review,
    )


def identify(
    connection: duckdb.DuckDBPyConnection, registry_path: Path, business_date: date, kinds: Sequence[Kind] = KINDS
) -> PendingRegistry:
    """Write each kind's links and events, and the nights so far, to `work.linkage`.

    The registry itself stays as it is until `commit`.
    """
    judgements = load_judgements(registry_path, business_date)
    for kind in kinds:
        secret = open_snapshot(connection, registry_path, business_date, kind.prefix)
        assign_ids(connection, business_date, secret, kind, judgements)
        write_links(connection, kind)
        add_changes(connection, is_first=kind == kinds[0])
    copy_nights(connection, registry_path, business_date)
    connection.execute(
        f"create or replace table {NIGHTS} as"
        f" select business_date from {KNOWN_NIGHTS} union all select $day::date order by business_date",
        {"day": business_date},
    )
    return write_pending(connection, registry_path, business_date)


def commit(registry_path: Path, pending: PendingRegistry) -> bool:
    """Commit what a night left pending; repeated, it changes nothing and returns False."""
    return commit_pending(registry_path, pending)

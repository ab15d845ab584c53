"""Writes the result of a linkage to the work database: each mention's cluster, how it was linked, and the conflicts.

Person ids are given later, in `identity/`.
"""

import hashlib
from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa

from matching.parties import PartyKind
from matching.relations import (
    CLUSTER_CONFIDENCE,
    DOCUMENT_HOLDERS,
    DOUBTED_MENTIONS,
    HELD_LINKS,
    LINK_CLUSTERS,
    LINK_IN_DISPUTE,
    RECORDS,
)
from matching.rules.rule_texts import CASE_TEXTS

_CLUSTERS = f"""
create or replace table {{kind.clusters}} as
with ends as (
    -- A doubted mention does not change the confidence of others.
    select
        unnest([record_l, record_r]) as record_number, if(l.record_number is null and r.record_number is null,
            probability, null) as probability, is_steward, is_same_valid_document
    from {HELD_LINKS}
    left join {DOUBTED_MENTIONS} as l on record_l = l.record_number
    left join {DOUBTED_MENTIONS} as r on record_r = r.record_number
),
best as (
    select
        record_number, max(probability) as probability,
        bool_or(is_steward) as by_steward, bool_or(is_same_valid_document) as by_document
    from ends group by record_number
)
select
    mention_id, cluster_id,
    if(in_dispute.record_number is null, coalesce(doubted.confidence, probability, 1.0), 0.0) as confidence,
    if(in_dispute.record_number is null, of_clusters.confidence, 0.0) as cluster_confidence,
    case
        when in_dispute.record_number is not null then 'in_review' when by_steward then 'steward'
        when by_document then 'document' when best.record_number is not null then 'probabilistic' else 'singleton'
    end as method,
    in_dispute.record_number is not null as is_in_review
from {LINK_CLUSTERS}
left join {LINK_IN_DISPUTE} as in_dispute using (record_number)
left join {DOUBTED_MENTIONS} as doubted using (record_number)
left join best using (record_number)
left join {CLUSTER_CONFIDENCE} as of_clusters using (cluster_id)
order by record_number
"""

_SHARED = f"""
select list(unique_id order by unique_id) from {RECORDS}
semi join (from {DOCUMENT_HOLDERS} where holder_count > 1) as holders using (document_type, document)
where is_document_valid group by document_type, document
"""


def write_clusters(connection: duckdb.DuckDBPyConnection, kind: PartyKind) -> None:
    """Write every mention once, in a cluster or in review.

    Reads: `LINK_CLUSTERS`, `LINK_IN_DISPUTE`, `HELD_LINKS`, `DOUBTED_MENTIONS`, `CLUSTER_CONFIDENCE`.
    Writes: the kind's clusters, one row per mention.
    """
    connection.execute(_CLUSTERS.format(kind=kind))


def write_conflicts(
    connection: duckdb.DuckDBPyConnection,
    kind: PartyKind,
    refused: Sequence[tuple[str, str, str]],
    disputed: Iterable[str],
) -> None:
    """Write the conflicts that a steward should know of, with their reasons.

    Reads: `RECORDS`, `DOCUMENT_HOLDERS`.
    Writes: the kind's conflicts, one row per refused pair, disputed mention or shared document.

    Args:
        connection: to the work database.
        kind: the kind of party of the mentions.
        refused: barred pairs that a steward must see, each as kind, mention and mention.
        disputed: mentions that fit two clusters.
    """
    conflicts = [(code, [one, other]) for code, one, other in refused]
    conflicts += [("disputed", [mention]) for mention in sorted(disputed)]
    conflicts += [("document_shared", mentions) for (mentions,) in connection.execute(_SHARED).fetchall()]
    rows = sorted((_conflict_id(code, mentions), code, mentions, CASE_TEXTS[code]) for code, mentions in conflicts)
    table = pa.table(
        {
            "conflict_id": pa.array([row[0] for row in rows], pa.string()),
            "kind": pa.array([row[1] for row in rows], pa.string()),
            "mention_ids": pa.array([row[2] for row in rows], pa.list_(pa.string())),
            "reason": pa.array([row[3] for row in rows], pa.string()),
        }
    )
    connection.register("found_conflicts", table)
    connection.execute(f"create or replace table {kind.conflicts} as from found_conflicts order by conflict_id")
    connection.unregister("found_conflicts")


def _conflict_id(code: str, mentions: Sequence[str]) -> str:
    return hashlib.sha256("|".join([code, *mentions]).encode()).hexdigest()[:16]

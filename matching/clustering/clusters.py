"""What a linkage leaves in the work database: each mention's cluster with how it got there, and the conflicts.

Ids of persons are not known here.
"""

import hashlib
from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa

from matching.clustering.cases import REASONS
from matching.clustering.confidence import CONFIDENCE, DOUBTED, create_confidence
from matching.records.person_records import RECORDS
from matching.rules.guard_rails import ONE_EACH

_OWNERS = f"""
create or replace temp table document_holders as
with held as (
    select document_type, document, cluster_id,
        bool_or(is_live) as has_live, bool_or(is_register) as has_register, count(*) as mention_count
    from link_clusters inner join {RECORDS} using (record_number)
    where is_document_valid and document_type in {ONE_EACH}
    group by document_type, document, cluster_id
)
select
    *,
    count(*) over same_document as holder_count,
    -- The register's word first, then the larger part; of two equals, neither holds the document.
    rank() over (same_document order by has_live desc, has_register desc, mention_count desc) = 1
        and (has_register or count(*) over (
            partition by document_type, document, has_live, has_register, mention_count) = 1) as is_owner
from held
window same_document as (partition by document_type, document)
"""

_IN_DISPUTE = f"""
create or replace temp table link_in_dispute as
select record_number from {RECORDS} where unique_id in (select unnest($disputed))
union
select record_number from {RECORDS} as records
inner join link_clusters using (record_number)
semi join (from document_holders where holder_count > 1 and not is_owner) as holders
    on records.document_type = holders.document_type and records.document = holders.document
    and link_clusters.cluster_id = holders.cluster_id
where is_document_valid and not is_register
"""

_CLUSTERS = f"""
create or replace table work.linkage.clusters as
with ends as (
    -- Who is doubted makes nobody surer, nor less sure.
    select
        unnest([record_l, record_r]) as record_number, if(l.record_number is null and r.record_number is null,
            probability, null) as probability, is_steward, is_same_valid_document
    from held_links
    left join {DOUBTED} as l on record_l = l.record_number
    left join {DOUBTED} as r on record_r = r.record_number
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
from link_clusters
left join link_in_dispute as in_dispute using (record_number)
left join {DOUBTED} as doubted using (record_number)
left join best using (record_number)
left join {CONFIDENCE} as of_clusters using (cluster_id)
order by record_number
"""

_SHARED = f"""
select list(unique_id order by unique_id) from {RECORDS}
semi join (from document_holders where holder_count > 1) as holders using (document_type, document)
where is_document_valid group by document_type, document
"""


def write_clusters(connection: duckdb.DuckDBPyConnection, disputed: Iterable[str]) -> None:
    """Write `work.linkage.clusters`: every mention once, in a cluster or in review."""
    connection.execute(_OWNERS)
    connection.execute(_IN_DISPUTE, {"disputed": sorted(disputed)})
    create_confidence(connection)
    connection.execute(_CLUSTERS)


def write_conflicts(
    connection: duckdb.DuckDBPyConnection, refused: Sequence[tuple[str, str, str]], disputed: Iterable[str]
) -> None:
    """Write `work.linkage.conflicts`: one row per refused pair, dispute or shared document."""
    found = [(kind, [one, other]) for kind, one, other in refused]
    found += [("disputed", [mention]) for mention in sorted(disputed)]
    found += [("document_shared", mentions) for (mentions,) in connection.execute(_SHARED).fetchall()]
    rows = sorted((_conflict_id(kind, mentions), kind, mentions, REASONS[kind]) for kind, mentions in found)
    table = pa.table(
        {
            "conflict_id": pa.array([row[0] for row in rows], pa.string()),
            "kind": pa.array([row[1] for row in rows], pa.string()),
            "mention_ids": pa.array([row[2] for row in rows], pa.list_(pa.string())),
            "reason": pa.array([row[3] for row in rows], pa.string()),
        }
    )
    connection.register("found_conflicts", table)
    connection.execute("create or replace table work.linkage.conflicts as from found_conflicts order by conflict_id")
    connection.unregister("found_conflicts")


def _conflict_id(kind: str, mentions: Sequence[str]) -> str:
    return hashlib.sha256("|".join([kind, *mentions]).encode()).hexdigest()[:16]

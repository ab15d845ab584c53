"""Which mentions are disputed: those that fit two clusters, and those that bear a document of another cluster.

`confidence` computes how sure a cluster is without them.
"""

from collections.abc import Iterable

import duckdb

from matching.relations import DOCUMENT_HOLDERS, LINK_CLUSTERS, LINK_IN_DISPUTE, RECORDS
from matching.rules.guard_rails import ONE_EACH

_OWNERS = f"""
create or replace temp table {DOCUMENT_HOLDERS} as
with held as (
    select document_type, document, cluster_id,
        bool_or(is_live) as has_live, bool_or(is_register) as has_register, count(*) as mention_count
    from {LINK_CLUSTERS} inner join {RECORDS} using (record_number)
    where is_document_valid and document_type in {ONE_EACH}
    group by document_type, document, cluster_id
)
select
    *,
    count(*) over same_document as holder_count,
    -- Register entries first, then the larger part; of two equal holders, neither owns the document.
    rank() over (same_document order by has_live desc, has_register desc, mention_count desc) = 1
        and (has_register or count(*) over (
            partition by document_type, document, has_live, has_register, mention_count) = 1) as is_owner
from held
window same_document as (partition by document_type, document)
"""

_IN_DISPUTE = f"""
create or replace temp table {LINK_IN_DISPUTE} as
select record_number from {RECORDS} where unique_id in (select unnest($disputed))
union
select record_number from {RECORDS} as records
inner join {LINK_CLUSTERS} as clusters using (record_number)
semi join (from {DOCUMENT_HOLDERS} where holder_count > 1 and not is_owner) as holders
    on records.document_type = holders.document_type and records.document = holders.document
    and clusters.cluster_id = holders.cluster_id
where is_document_valid and not is_register
"""


def create_disputes(connection: duckdb.DuckDBPyConnection, fits_two: Iterable[str]) -> None:
    """Find who holds each valid document, and the mentions that are disputed.

    Reads: `RECORDS`, `LINK_CLUSTERS`; `fits_two` are the ids of mentions that fit two clusters alike.
    Writes: `DOCUMENT_HOLDERS`, one row per document and cluster; `LINK_IN_DISPUTE`, one row per disputed mention.
    """
    connection.execute(_OWNERS)
    connection.execute(_IN_DISPUTE, {"disputed": sorted(fits_two)})

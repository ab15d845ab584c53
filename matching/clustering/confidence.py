"""The confidence of a person: the probability of the weakest link without which the person would fall apart.

Only the links of the strongest spanning tree matter. A mention without a sure link is doubted alone, and does not lower
its person's confidence, because anybody can give another person's name. `edges` chooses the links, `disputes` finds the
disputed mentions.
"""

import duckdb

from matching.model.thresholds import SURE
from matching.records.person_records import count_rows
from matching.relations import (
    CLUSTER_CONFIDENCE,
    DOUBTED_MENTIONS,
    HELD_LINKS,
    LINK_CLUSTERS,
    LINK_EDGES,
    LINK_IN_DISPUTE,
    RECORDS,
)

# The probability of two mentions with one valid document that no blocking rule brought together.
_UNSCORED = 0.999

# With up to three mentions the best link of each makes the tree; larger trees are grown link by link.
_LARGEST_BY_BEST = 3

_LINKS = f"""
create or replace temp table {HELD_LINKS} as
select
    l.cluster_id, record_l, record_r, is_steward, is_same_valid_document,
    if(is_steward, 1.0, coalesce(match_probability, {_UNSCORED})) as probability
from {LINK_EDGES} as edges
inner join {LINK_CLUSTERS} as l on l.record_number = record_l
inner join {LINK_CLUSTERS} as r on r.record_number = record_r and l.cluster_id = r.cluster_id
"""

# A disputed mention holds nobody together. A mention without a sure link is doubted only if its cluster also has an
# entry of a register, or two mentions with a sure link.
_DOUBTED = f"""
create or replace temp table undisputed_links as
select * from {HELD_LINKS}
anti join {LINK_IN_DISPUTE} as l on record_l = l.record_number
anti join {LINK_IN_DISPUTE} as r on record_r = r.record_number;

create or replace temp table {DOUBTED_MENTIONS} as
with loose as (
    select cluster_id, record_number
    from (select cluster_id, unnest([record_l, record_r]) as record_number, probability from undisputed_links)
    group by cluster_id, record_number having max(probability) < {SURE}
),
-- Only records without a sure link are read.
unregistered as (from loose semi join (from {RECORDS} where not is_register) using (record_number)),
others as (
    select cluster_id from {LINK_CLUSTERS} semi join unregistered using (cluster_id)
    anti join {LINK_IN_DISPUTE} using (record_number) anti join unregistered using (record_number)
),
doubted as (from unregistered semi join others using (cluster_id)),
ends as (
    select cluster_id, unnest([record_l, record_r]) as record_number, unnest([record_r, record_l]) as other, probability
    from undisputed_links semi join doubted using (cluster_id)
)
-- A mention linked only to doubted mentions has the probability of the weakest of their links.
select
    record_number,
    coalesce(
        max(probability) filter (where other not in (select record_number from doubted)),
        any_value(weakest)
    ) as confidence
from ends semi join doubted using (record_number)
inner join (select cluster_id, min(probability) as weakest from ends group by cluster_id) using (cluster_id)
group by record_number
"""

_BEST = f"""
create or replace temp table settled_links as
select * from undisputed_links
anti join {DOUBTED_MENTIONS} as l on record_l = l.record_number
anti join {DOUBTED_MENTIONS} as r on record_r = r.record_number;

drop table undisputed_links;

create or replace temp table {CLUSTER_CONFIDENCE} as
with best as (
    select record_number, max(probability) as probability
    from (select unnest([record_l, record_r]) as record_number, probability from settled_links)
    group by record_number
)
select
    cluster_id, if(count(*) = 1, 1.0, min(coalesce(probability, 0.0))) as confidence,
    count(*) as mention_count, 0::bigint as joined_count
from {LINK_CLUSTERS} anti join {LINK_IN_DISPUTE} using (record_number)
anti join {DOUBTED_MENTIONS} using (record_number)
left join best using (record_number)
group by cluster_id;

create or replace temp table tree_links as
select
    cluster_id, record_l as part_l, record_r as part_r,
    -- If two links have the same probability, the record numbers decide which is the stronger.
    struct_pack(probability := probability, l := record_l, r := record_r) as link
from settled_links
semi join (from {CLUSTER_CONFIDENCE} where mention_count > {_LARGEST_BY_BEST}) using (cluster_id)
"""

# Each part takes its strongest link to another part; if two parts chose each other, one of them is the root.
_CHOICES = """
create or replace temp table tree_choices as
with ends as (
    select cluster_id, part_l as part, part_r as other, link from tree_links
    union all
    select cluster_id, part_r, part_l, link from tree_links
),
chosen as (
    select cluster_id, part, max(link) as link, arg_max(other, link) as other from ends group by cluster_id, part
)
select
    one.cluster_id, one.part, one.link,
    if(back.other = one.part and one.part < one.other, one.part, one.other) as root
from chosen as one inner join chosen as back on one.other = back.part
"""

_WEAKEST = f"""
update {CLUSTER_CONFIDENCE} as known
set confidence = least(known.confidence, weakest.probability), joined_count = known.joined_count + weakest.joined_count
from (
    select cluster_id, min(link.probability) as probability, count(*) - count(distinct root) as joined_count
    from tree_choices group by cluster_id
) as weakest
where known.cluster_id = weakest.cluster_id
"""

_JUMP = """
create or replace temp table tree_jumped as
select one.cluster_id, one.part, one.link, farther.root, one.root <> farther.root as has_moved
from tree_choices as one inner join tree_choices as farther on one.root = farther.part
"""

_JOIN_PARTS = """
create or replace temp table tree_links as
select links.cluster_id, l.root as part_l, r.root as part_r, links.link
from tree_links as links
inner join tree_choices as l on part_l = l.part
inner join tree_choices as r on part_r = r.part and l.root <> r.root
"""


# Only disputed or doubted mentions held the parts together.
_FALLEN_APART = f"""
update {CLUSTER_CONFIDENCE} set confidence = 0.0
where mention_count > {_LARGEST_BY_BEST} and joined_count < mention_count - 1
"""


def create_confidence(connection: duckdb.DuckDBPyConnection) -> None:
    """Compute the confidence of each cluster, and find the doubted mentions.

    A single mention has confidence 1. A cluster that only disputed or doubted mentions hold together has 0.

    Reads: `RECORDS`, `LINK_EDGES`, `LINK_CLUSTERS`, `LINK_IN_DISPUTE`.
    Writes: `HELD_LINKS`, one row per link within a cluster; `DOUBTED_MENTIONS`, one row per doubted mention, with a
    confidence of its own; `CLUSTER_CONFIDENCE`, one row per cluster.
    """
    connection.execute(_LINKS)
    connection.execute(_DOUBTED)
    connection.execute(_BEST)
    while count_rows(connection, "tree_links"):
        connection.execute(_CHOICES)
        _find_roots(connection)
        connection.execute(_WEAKEST)
        connection.execute(_JOIN_PARTS)
    connection.execute(_FALLEN_APART)


def _find_roots(connection: duckdb.DuckDBPyConnection) -> None:
    moved = 1
    while moved:
        connection.execute(_JUMP)
        moved = count_rows(connection, "(from tree_jumped where has_moved)")
        connection.execute("create or replace temp table tree_choices as from tree_jumped")

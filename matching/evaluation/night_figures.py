"""The figures of a linkage by which a night is compared with others: shares, sizes and weights.

They contain no personal data. `quality.drift` decides what is unusual.
"""

from datetime import date

import duckdb

from matching.parties import KINDS
from matching.relations import KNOWN_MENTIONS, LINKAGE_METRICS

COLUMNS = "business_date date, entity varchar, measure varchar, cut varchar, value double, base bigint"

# Bits; links begin at 5 to 10, and beyond 30 nothing is in doubt.
_WEIGHT_STEP, _WEIGHT_BINS = 5, 7


# Without a night before, no mention is new.
_METRICS = f"""
insert into {LINKAGE_METRICS}
with mentions as (
    select
        mention_id, source, links.{{kind.id_column}} as party_id, coalesce(is_in_review, true) as is_in_review,
        count(*) over (partition by links.{{kind.id_column}}) as party_size,
        mention_id not in (from {KNOWN_MENTIONS}) and (select count(*) from {KNOWN_MENTIONS}) > 0 as is_new
    from {{kind.mentions}} left join {{kind.links}} as links using (mention_id)
),
linked_mentions as (
    select *, party_id is not null and party_size > 1 as is_linked from mentions
),
by_source as (
    select source, count(*) as base, count(*) filter (is_linked) as linked, count(*) filter (is_in_review) as in_review,
        count(*) filter (is_new) as new_base, count(*) filter (is_new and is_linked) as new_linked
    from linked_mentions group by source
),
sizes as (
    select party_id, count(*) as size from linked_mentions where party_id is not null group by party_id
),
size_bins(cut, least, most) as (
    values ('1', 1, 1), ('2', 2, 2), ('3', 3, 3), ('4', 4, 4), ('5-8', 5, 8), ('9+', 9, null)
),
weight_bins as (
    select step * {_WEIGHT_STEP} as least, lpad((step * {_WEIGHT_STEP})::varchar, 2, '0') || '+' as cut
    from range({_WEIGHT_BINS}) as steps(step)
),
weights as (
    select least(greatest(floor(match_weight / {_WEIGHT_STEP}), 0), {_WEIGHT_BINS - 1}) * {_WEIGHT_STEP} as least,
        count(*) as pairs
    from {{kind.pair_scores}} group by 1
),
filled as (
    select source, count(*) as base, unnest([{{filled}}]) as field from {{kind.mentions}} group by source
),
measured(measure, cut, value, base) as (
    select 'filled_share', source || ' ' || field.name, field.count / base, base from filled
    union all
    select 'linked_share', source, linked / base, base from by_source
    union all
    select 'in_review_share', source, in_review / base, base from by_source
    union all
    select 'new_linked_share', source, new_linked / new_base, new_base from by_source where new_base > 0
    union all
    select 'size_share', cut, count(size) / greatest((select count(*) from sizes), 1), (select count(*) from sizes)
    from size_bins left join sizes on size between least and coalesce(most, size) group by cut
    union all
    select 'largest', 'all', max(size), count(*) from sizes having count(*) > 0
    union all
    select 'parties_per_mention', 'all', (select count(*) from sizes) / count(*), count(*)
    from linked_mentions having count(*) > 0
    union all
    select 'weight_share', cut, coalesce(pairs, 0) / total, total
    from weight_bins left join weights using (least), (select sum(pairs)::bigint as total from weights)
    where total > 0
    union all
    select 'conflicts_per_mention', kind, count(*) / (select count(*) from linked_mentions),
        (select count(*) from linked_mentions)
    from {{kind.conflicts}} group by kind
)
select $day::date, '{{kind.entity}}', measure, cut, round(value, 6), base from measured
"""


def write_metrics(connection: duckdb.DuckDBPyConnection, business_date: date) -> None:
    """Add the night's figures to those of the nights before.

    Reads: each kind's mentions, links, pair scores and conflicts; `KNOWN_MENTIONS`.
    Writes: `LINKAGE_METRICS`, to which it adds one row per kind, measure and cut; values are shares or counts.
    """
    for kind in KINDS:
        filled = ", ".join(f"struct_pack(name := '{field}', count := count({field}))" for field in kind.fields)
        connection.execute(_METRICS.format(kind=kind, filled=filled), {"day": business_date})

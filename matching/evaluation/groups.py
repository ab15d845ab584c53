"""Precision and recall of parts of a linkage that `pair_counts.evaluate_links` has compared with the truth.

The caller gives a relation with the members of each part: mentions or true persons. A part includes each pair with at
least one of its mentions, once.
"""

import duckdb

from matching.evaluation.pair_counts import PairCounts
from matching.relations import EVALUATION_CELLS, EVALUATION_MENTIONS

_PARTS = "evaluation_parts"

_OF_MENTIONS = f"""
create or replace temp table {_PARTS} as
select part, person_id, true_person_id, both_count, person_count, true_count, count(*) as part_count
from (select part, mention_id from {{members}}) inner join {EVALUATION_MENTIONS} using (mention_id)
group by all
"""

_OF_PERSONS = f"""
create or replace temp table {_PARTS} as
select part, {EVALUATION_CELLS}.*, both_count as part_count
from (select part, true_person_id from {{members}}) inner join {EVALUATION_CELLS} using (true_person_id)
"""


def _touching(size: str, part: str) -> str:
    """Pairs among `size` mentions with at least one of the `part` of them."""
    return f"({part} * ({size} - 1) - {part} * ({part} - 1) // 2)"


# A person or true person with one cell is counted there. Only the few others are summed over their cells.
_SCORES = f"""
with in_cells as (
    select
        part, sum(part_count) as mentions, sum({_touching("both_count", "part_count")}) as right_pairs,
        sum({_touching("true_count", "part_count")}) filter (both_count = true_count) as true_pairs,
        sum({_touching("person_count", "part_count")}) filter (both_count = person_count) as linked_pairs
    from {_PARTS} group by part
),
split as (
    select part, sum({_touching("true_count", "in_part")}) as true_pairs
    from (
        select part, true_count, sum(part_count) as in_part
        from {_PARTS} where both_count < true_count group by part, true_person_id, true_count
    ) group by part
),
mixed as (
    select part, sum({_touching("person_count", "in_part")}) as linked_pairs
    from (
        select part, person_count, sum(part_count) as in_part
        from {_PARTS} where both_count < person_count group by part, person_id, person_count
    ) group by part
)
select
    part, mentions::bigint, (coalesce(in_cells.true_pairs, 0) + coalesce(split.true_pairs, 0))::bigint,
    (coalesce(in_cells.linked_pairs, 0) + coalesce(mixed.linked_pairs, 0))::bigint, right_pairs::bigint
from in_cells left join split using (part) left join mixed using (part)
order by part
"""


def score_mentions(connection: duckdb.DuckDBPyConnection, members: str) -> dict[str, PairCounts]:
    """Pair counts by part.

    Reads: `members` (part, mention_id), a mention at most once in each part; `EVALUATION_MENTIONS`.
    """
    return _scores(connection, _OF_MENTIONS.format(members=members))


def score_persons(connection: duckdb.DuckDBPyConnection, members: str) -> dict[str, PairCounts]:
    """Pair counts by part, over all mentions of the true persons in it.

    Reads: `members` (part, true_person_id), a true person at most once in each part; `EVALUATION_CELLS`.
    """
    return _scores(connection, _OF_PERSONS.format(members=members))


def _scores(connection: duckdb.DuckDBPyConnection, parts: str) -> dict[str, PairCounts]:
    connection.execute(parts)
    rows = connection.execute(_SCORES).fetchall()
    connection.execute(f"drop table {_PARTS}")
    return {str(part): PairCounts(*counts) for part, *counts in rows}


# A true person with one cell is together in the linkage, too, so only the others are joined a second time.
_BETWEEN = """
select
    l.part as part_l, r.part as part_r,
    sum(if(l.part = r.part, l.part_count * (l.part_count - 1) // 2, l.part_count * r.part_count)) as pairs
from {held} as l inner join {held} as r using ({keys}) where l.part <= r.part group by all
"""


def _between(held: str, keys: str) -> str:
    return _BETWEEN.format(held=held, keys=keys)


_MATRIX = f"""
with several as (
    select person_id, true_person_id, part, part_count, both_count < true_count as is_split
    from {_PARTS} where true_count > 1
),
whole as (
    select true_person_id, part, part_count from several where not is_split
),
split as (
    select true_person_id, part, sum(part_count) as part_count from several where is_split group by all
),
cells as (
    select person_id, true_person_id, part, part_count from several where is_split
),
counted as (
    select part_l, part_r, pairs as true_pairs, pairs as right_pairs from ({_between("whole", "true_person_id")})
    union all
    select part_l, part_r, pairs, 0 from ({_between("split", "true_person_id")})
    union all
    select part_l, part_r, 0, pairs from ({_between("cells", "person_id, true_person_id")})
)
select part_l, part_r, sum(true_pairs)::bigint, sum(right_pairs)::bigint
from counted group by all having sum(true_pairs) > 0 order by all
"""


def recall_between(connection: duckdb.DuckDBPyConnection, members: str) -> list[tuple[str, str, int, int]]:
    """For each two parts: their names, the true pairs between them, and how many of those are linked.

    Reads: `members` (part, mention_id), one part for each mention; `EVALUATION_MENTIONS`.
    """
    connection.execute(_OF_MENTIONS.format(members=members))
    rows = connection.execute(_MATRIX).fetchall()
    connection.execute(f"drop table {_PARTS}")
    return [(str(one), str(other), *counts) for one, other, *counts in rows]

"""Compares a linkage with the truth by counting cells of persons and true persons; no pair is ever written out.

It is only for synthetic cities and public data sets, whose truth is known. `groups.py` measures parts of the mentions.
"""

from dataclasses import dataclass

import duckdb

from matching.relations import EVALUATION_CELLS, EVALUATION_MENTIONS


@dataclass(frozen=True)
class PairCounts:
    """Mentions, and pairs of them: true ones, linked ones, and those that are both.

    The measures are 1 where there is nothing to be wrong about.
    """

    mentions: int
    true_pairs: int
    linked_pairs: int
    right_pairs: int

    @property
    def precision(self) -> float:
        """Share of the linked pairs that are right."""
        return self.right_pairs / self.linked_pairs if self.linked_pairs else 1.0

    @property
    def recall(self) -> float:
        """Share of the true pairs that are linked."""
        return self.right_pairs / self.true_pairs if self.true_pairs else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return harmonic_mean(self.precision, self.recall)

    @property
    def false_pairs(self) -> int:
        """Linked, and two people."""
        return self.linked_pairs - self.right_pairs

    @property
    def missed_pairs(self) -> int:
        """One person, and not linked."""
        return self.true_pairs - self.right_pairs


@dataclass(frozen=True)
class Evaluation(PairCounts):
    """The measures of a whole linkage, pairwise and B-cubed."""

    b3_f1: float = 1.0


# A mention in review is a person of its own: it lowers recall, not precision. A person or true person with one cell has
# the cell's size, so only the few others are summed.
_CELLS = f"""
create or replace temp table compared_mentions as
select truth.mention_id, coalesce(links.person_id, truth.mention_id) as person_id, truth.true_person_id
from {{truth}} as truth left join {{links}} as links using (mention_id);
create or replace temp table {EVALUATION_CELLS} as
with cells as (
    select person_id, true_person_id, count(*) as both_count from compared_mentions group by all
),
mixed as (
    select person_id, sum(both_count)::bigint as person_count from cells group by person_id having count(*) > 1
),
split as (
    select true_person_id, sum(both_count)::bigint as true_count
    from cells group by true_person_id having count(*) > 1
)
select
    person_id, true_person_id, both_count, coalesce(person_count, both_count) as person_count,
    coalesce(true_count, both_count) as true_count
from cells left join mixed using (person_id) left join split using (true_person_id);
create or replace temp table {EVALUATION_MENTIONS} as
select * from compared_mentions inner join {EVALUATION_CELLS} using (person_id, true_person_id);
drop table compared_mentions
"""

_MEASURES = f"""
select
    sum(both_count)::bigint,
    -- Summed per mention, each pair counts twice.
    sum(both_count * (true_count - 1))::bigint // 2, sum(both_count * (person_count - 1))::bigint // 2,
    sum(both_count * (both_count - 1))::bigint // 2,
    sum(both_count * (both_count / person_count)) / sum(both_count),
    sum(both_count * (both_count / true_count)) / sum(both_count)
from {EVALUATION_CELLS}
"""


def evaluate_links(connection: duckdb.DuckDBPyConnection, links: str, truth: str) -> Evaluation:
    """Compare links with the truth. Ids may be of any type; numbers are the fastest for large cities.

    Reads: `links` (mention_id, person_id) and `truth` (mention_id, true_person_id), one row per mention each.
    Writes: `EVALUATION_CELLS`, one row per person and true person; `EVALUATION_MENTIONS`, one row per mention.
    `groups.py` reads both.
    """
    connection.execute(_CELLS.format(links=links, truth=truth))
    row = connection.execute(_MEASURES).fetchone()
    if row is None or row[0] is None:
        return Evaluation(0, 0, 0, 0)
    mentions, true_pairs, linked_pairs, right_pairs, b3_precision, b3_recall = row
    return Evaluation(mentions, true_pairs, linked_pairs, right_pairs, harmonic_mean(b3_precision, b3_recall))


def harmonic_mean(one: float, other: float) -> float:
    """Of two ratios."""
    return 2 * one * other / (one + other) if one + other else 0.0

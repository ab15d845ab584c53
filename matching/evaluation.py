"""How good a linkage is against the truth, by counting cells of persons and true persons; no pair is ever written out.

Only for synthetic cities and public sets: nobody knows the truth of a real one.
"""

from dataclasses import dataclass, field

import duckdb


@dataclass(frozen=True)
class Evaluation:
    """Pairwise and B-cubed measures; recall by error type is over mates of the mentions that carry the error."""

    precision: float
    recall: float
    f1: float
    b3_f1: float
    mentions: int
    recall_by_error: dict[str, float] = field(default_factory=dict)


_CELLS = """
create or replace temp table evaluation_mentions as
select
    truth.mention_id, coalesce(links.person_id, truth.mention_id) as person_id, true_person_id, error_types,
    count(*) over (partition by coalesce(links.person_id, truth.mention_id), true_person_id) as both_count,
    count(*) over (partition by coalesce(links.person_id, truth.mention_id)) as person_count,
    count(*) over (partition by true_person_id) as true_count
from {truth} as truth left join {links} as links using (mention_id)
"""

_MEASURES = """
select
    -- Summed per mention, each pair counts twice on both sides of every ratio.
    sum(both_count - 1) / nullif(sum(person_count - 1), 0),
    sum(both_count - 1) / nullif(sum(true_count - 1), 0),
    avg(both_count / person_count), avg(both_count / true_count), count(*)
from evaluation_mentions
"""

_BY_ERROR = """
select error_type, sum(both_count - 1) / sum(true_count - 1) as recall
from (select unnest(error_types) as error_type, both_count, true_count from evaluation_mentions)
group by error_type having sum(true_count - 1) > 0 order by error_type
"""


def evaluate_links(connection: duckdb.DuckDBPyConnection, links: str, truth: str) -> Evaluation:
    """Compare a relation (mention_id, person_id) with the truth (mention_id, true_person_id, error_types).

    A mention in review stands alone: it costs recall, not precision.
    """
    connection.execute(_CELLS.format(links=links, truth=truth))
    row = connection.execute(_MEASURES).fetchone() or (None, None, None, None, 0)
    precision, recall, b3_precision, b3_recall = (1.0 if value is None else float(value) for value in row[:4])
    by_error = {str(name): float(value) for name, value in connection.execute(_BY_ERROR).fetchall()}
    return Evaluation(precision, recall, _f1(precision, recall), _f1(b3_precision, b3_recall), int(row[4]), by_error)


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

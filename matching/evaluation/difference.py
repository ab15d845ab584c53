"""How two linkages of the same mentions differ: how many persons of the first one the second merges, splits or moves.

Persons are compared by their mentions, not by their ids.
"""

from dataclasses import dataclass

import duckdb


@dataclass(frozen=True)
class Difference:
    """Persons of the first linkage that the second one changes, and mentions in review in only one of the two."""

    people: int
    other_people: int
    merged: int  # wholly within one other person, together with others
    split: int  # over several other persons that hold nobody else's mentions
    moved: int  # over several other persons, and one of them holds somebody else's mentions
    into_review: int
    out_of_review: int

    @property
    def changed(self) -> int:
        """People whom the second linkage changes."""
        return self.merged + self.split + self.moved


_CELLS = """
with mentions as (
    select
        one.mention_id, if(one.is_in_review, null, one.person_id) as person_id,
        if(other.is_in_review, null, other.person_id) as other_id,
        one.is_in_review, other.is_in_review as is_other_in_review
    from {one} as one inner join {other} as other using (mention_id)
),
cells as (select distinct person_id, other_id from mentions where person_id is not null and other_id is not null),
shared as (
    select person_id, other_id, count(*) over (partition by person_id) as parts,
        count(*) over (partition by other_id) as people
    from cells
),
people as (select person_id, max(parts) as parts, max(people) as people from shared group by person_id)
select
    (select count(distinct person_id) from mentions), (select count(distinct other_id) from mentions),
    count(*) filter (parts = 1 and people > 1),
    count(*) filter (parts > 1 and people = 1),
    count(*) filter (parts > 1 and people > 1),
    (select count(*) from mentions where not is_in_review and is_other_in_review),
    (select count(*) from mentions where is_in_review and not is_other_in_review)
from people
"""


def difference(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> Difference:
    """Count what the second linkage changes of the first.

    Reads: `one` and `other` (mention_id, person_id, is_in_review), one row per mention each.
    """
    return Difference(*connection.execute(_CELLS.format(one=one, other=other)).fetchall()[0])

"""How two linkages of the same mentions differ: which people the second one merges, splits or moves of the first's.

Relations are of mention_id, person_id and is_in_review; ids are compared by the mentions they hold, not by name.
"""

from dataclasses import dataclass

import duckdb


@dataclass(frozen=True)
class Difference:
    """People of the first linkage that the second one cuts otherwise, and mentions in review in one of them alone."""

    people: int
    other_people: int
    merged: int  # wholly within one other person, with others
    split: int  # over several other people, and with nobody else's mentions
    moved: int  # over several, some of them other people's, too
    into_review: int
    out_of_review: int

    @property
    def changed(self) -> int:
        """People whom the second linkage changes."""
        return self.merged + self.split + self.moved


_CELLS = """
with told as (
    select
        one.mention_id, if(one.is_in_review, null, one.person_id) as person_id,
        if(other.is_in_review, null, other.person_id) as other_id,
        one.is_in_review, other.is_in_review as is_other_in_review
    from {one} as one inner join {other} as other using (mention_id)
),
cells as (select distinct person_id, other_id from told where person_id is not null and other_id is not null),
shared as (
    select person_id, other_id, count(*) over (partition by person_id) as parts,
        count(*) over (partition by other_id) as people
    from cells
),
people as (select person_id, max(parts) as parts, max(people) as people from shared group by person_id)
select
    (select count(distinct person_id) from told), (select count(distinct other_id) from told),
    count(*) filter (parts = 1 and people > 1),
    count(*) filter (parts > 1 and people = 1),
    count(*) filter (parts > 1 and people > 1),
    (select count(*) from told where not is_in_review and is_other_in_review),
    (select count(*) from told where is_in_review and not is_other_in_review)
from people
"""


def difference(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> Difference:
    """Count what the second linkage changes of the first."""
    return Difference(*connection.execute(_CELLS.format(one=one, other=other)).fetchall()[0])

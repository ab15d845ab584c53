"""Whether the guardians of minors are found, and are their parents, for Spanish and foreign minors.

The truth has the parents; `city_truth.py` reads it. The guardians are those of the published relationships.
"""

from typing import Any

import duckdb

from orchestration.evaluation.city_truth import PERSONS, TRUTH, number

# Residents under age whom the truth knows by their entry in the Padró, their guardians, and who of these is a parent.
_COUNTS = f"""
with minors as (
    select {number("persons.person_id")} as minor_id, min(truth.true_person_id) as true_minor_id
    from published.hub.persons as persons
    inner join {TRUTH} as truth on truth.person_id = {number("persons.person_id")} and truth.source = 'padro'
    where persons.is_minor and persons.is_resident
    group by all
),
grouped as (
    select minors.minor_id, truth.nationality_group, truth.parents
    from minors inner join (
        select true_person_id, parents, case when is_spanish then 'Spanish' when not is_spanish then 'foreign' end
            as nationality_group
        from {PERSONS}
    ) as truth on truth.true_person_id = minors.true_minor_id
    where truth.nationality_group is not null
),
guardians as (
    select distinct {number("person_id")} as guardian_id, {number("related_person_id")} as minor_id,
        type = 'guardian_of' as is_certain
    from published.hub.relationships
    where type in ('guardian_of', 'may_be_guardian_of') and person_id is not null and related_person_id is not null
),
judged as (
    select grouped.minor_id, guardians.is_certain,
        bool_or(list_contains(grouped.parents, truth.true_person_id)) as is_right
    from grouped
    inner join guardians using (minor_id)
    inner join {TRUTH} as truth on truth.person_id = guardians.guardian_id
    group by grouped.minor_id, guardians.guardian_id, guardians.is_certain
),
by_minor as (
    select minor_id,
        count(*) filter (is_certain) as guardians, count(*) filter (is_certain and is_right) as right_guardians,
        count(*) filter (not is_certain) as likely, count(*) filter (not is_certain and is_right) as right_likely
    from judged group by minor_id
)
select grouped.nationality_group, count(*), count(*) filter (guardians > 0), count(*) filter (right_guardians > 0),
    coalesce(sum(guardians), 0)::bigint, coalesce(sum(right_guardians), 0)::bigint,
    count(*) filter (guardians = 0 and likely > 0), coalesce(sum(likely), 0)::bigint,
    coalesce(sum(right_likely), 0)::bigint
from grouped left join by_minor using (minor_id)
group by all order by 1 desc
"""
_NAMES = (
    "minors", "with_guardian", "with_right_guardian", "guardians", "right_guardians", "with_likely_guardian_only",
    "likely_guardians", "right_likely_guardians",
)  # fmt: skip


def score_guardians(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """Counts of minors and their guardians by group, with the shares; empty if the truth has no parents.

    Args:
        connection: with the published hub, the truth of the mentions of persons, and the true persons.
    """
    scores = {}
    for group, *counts in connection.execute(_COUNTS).fetchall():
        of = dict(zip(_NAMES, counts, strict=True))
        scores[str(group)] = of | {
            "share_found": of["with_guardian"] / of["minors"],
            "share_right": of["with_right_guardian"] / of["minors"],
            "precision": of["right_guardians"] / of["guardians"] if of["guardians"] else None,
        }
    return scores

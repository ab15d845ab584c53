"""False merges and splits: hub persons that hold several true people, and true people in several hub persons.

`matching/evaluation/pair_counts.py` counts pairs of mentions; here people are counted.
"""

from typing import Any

import duckdb

from matching.relations import EVALUATION_CELLS, EVALUATION_MENTIONS
from orchestration.evaluation.city_truth import BY_ERROR, BY_TRAIT, TRUTH

_MERGES = f"""
with mixed as (
    select person_id, count(*) as people from {EVALUATION_CELLS} group by person_id having count(*) > 1
),
split as (
    select compared.true_person_id
    from {EVALUATION_MENTIONS} as compared inner join {TRUTH} using (mention_id)
    where both_count < true_count and not is_in_review
    group by compared.true_person_id having count(distinct compared.person_id) > 1
)
select
    (select count(*) from mixed), (select coalesce(sum(people), 0)::bigint from mixed),
    (select coalesce(max(people), 0) from mixed), (select count(*) from split),
    (select count(*) from (
        select person_id from published.hub.identifiers
        where type = 'DNI' and is_valid and person_id is not null group by person_id having min(number) < max(number)
    ))
"""

# The errors of mentions, and the traits of people, in persons that hold several people.
_KINDS = f"""
with mixed as (
    select person_id from {EVALUATION_CELLS} group by person_id having count(*) > 1
)
select part, count(distinct person_id)
from (
    select part, person_id from {BY_ERROR} inner join {EVALUATION_MENTIONS} using (mention_id)
    union all
    select part, person_id from {BY_TRAIT} inner join {EVALUATION_CELLS} using (true_person_id)
) semi join mixed using (person_id)
group by part order by count(distinct person_id) desc, part
"""


def find_merges(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Persons that hold several true people, true people in several persons, and persons of two valid DNIs."""
    row = connection.execute(_MERGES).fetchall()[0]
    names = (
        "persons_of_several_people", "people_in_them", "most_people_in_one", "people_in_several_persons",
        "persons_with_two_valid_dnis",
    )  # fmt: skip
    return dict(zip(names, row, strict=True)) | {"persons_by_kind": dict(connection.execute(_KINDS).fetchall())}

-- Exactly one value of an attribute is golden, and ranks have no gaps.
select
    person_id,
    attribute
from {{ ref('person_attributes') }}
group by person_id, attribute
having count(*) filter (where rank = 1) != 1 or max(rank) != count(*)

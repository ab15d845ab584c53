-- Exactly one of the values that may be golden is, and ranks have no gaps; other values have a rule with `never`.
select
    person_id,
    attribute
from {{ ref('person_attributes') }}
group by person_id, attribute
having
    count(*) filter (where rank = 1) != if(count(rank) > 0, 1, 0)
    or max(rank) != count(rank)
    or count(*) filter (where (rank is null) != contains(rule, ', never: ')) > 0

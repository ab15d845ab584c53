-- Each attribute has one row of criteria: all are known, none is repeated, and `trust` is one of them. Every other row
-- has the trust in a source.
with

rules as (

    select
        *,
        string_split(criteria, ' ') as places
    from {{ ref('survivorship_rules') }}

)

select attribute
from rules
group by attribute
having
    count(*) filter (where standing = '*') != 1
    or count(*) != count(distinct standing)
    or bool_or((standing = '*') != (criteria is not null))
    or bool_or(standing != '*' and trust != 'never' and coalesce(try_cast(trust as integer), 0) < 1)
    or bool_or(
        not list_has_all(['validity', 'completeness', 'trust', 'agreement', 'latest', 'earliest'], places)
        or not list_contains(places, 'trust')
        or len(places) != len(list_distinct(places))
        or len(places) > 4
    )

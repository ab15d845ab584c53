-- Only a steward may join two valid DNIs, for example if a mistyped number is valid by chance.
with

two_dnis as (

    select person_id
    from {{ ref('identifiers') }}
    where type = 'DNI' and is_valid
    group by person_id
    having count(distinct number) > 1

),

by_steward as (

    select person_id
    from {{ ref('mentions') }}
    where method = 'steward'

)

select two_dnis.person_id
from two_dnis
anti join by_steward on two_dnis.person_id = by_steward.person_id

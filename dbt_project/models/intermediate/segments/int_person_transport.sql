-- How somebody gets about, by the latest subscription in force that tells it.
with

requests as (

    select * from {{ ref('requests') }}
    where is_active and transport is not null

)

select
    person_id,
    arg_max(transport, (asked_at, request_id)) as transport
from requests
where person_id is not null
group by person_id

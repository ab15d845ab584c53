-- How somebody gets about, by the latest subscription in force that tells it.
with

doubted as (

    select mention_id
    from {{ ref('int_person_links') }}
    where is_doubted

),

requests as (

    select requests.*
    from {{ ref('requests') }} as requests
    anti join doubted on requests.request_id = doubted.mention_id
    where requests.is_active and requests.transport is not null

)

select
    person_id,
    arg_max(transport, (asked_at, request_id)) as transport
from requests
where person_id is not null
group by person_id

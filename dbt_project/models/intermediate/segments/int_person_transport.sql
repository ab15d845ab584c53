-- The means of transport in the person's latest subscription in force that has one.
with

person_links as (

    select * from {{ ref('int_person_links') }}

),

requests as (

    select * from {{ ref('requests') }}

),

doubted as (

    select mention_id
    from person_links
    where is_doubted

),

active_requests as (

    select requests.*
    from requests
    anti join doubted on requests.request_id = doubted.mention_id
    where requests.is_active and requests.transport is not null

),

final as (

    select
        person_id,
        arg_max(transport, (asked_at, request_id)) as transport
    from active_requests
    where person_id is not null
    group by person_id

)

select * from final

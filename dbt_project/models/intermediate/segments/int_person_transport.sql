-- How each person travels: what they wrote in their latest subscription in force that has it; only if they wrote
-- nothing, what other services know, the latest first.
with

person_links as (

    select * from {{ ref('int_person_links') }}

),

requests as (

    select * from {{ ref('requests') }}

),

derived as (

    select * from {{ ref('int_derived_transport') }}

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

declared as (

    select
        person_id,
        arg_max(transport, (asked_at, request_id)) as transport
    from active_requests
    where person_id is not null
    group by person_id

),

final as (

    select
        person_id,
        [{{ known_transport('transport') }}] as transports
    from declared
    union all
    select
        derived.person_id,
        list(
            {{ known_transport('derived.transport', 'derived.source') }}
            order by derived.since desc, derived.source asc
        ) as transports
    from derived
    anti join declared on derived.person_id = declared.person_id
    group by derived.person_id

)

select * from final

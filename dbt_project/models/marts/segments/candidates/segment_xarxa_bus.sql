with

notices as (

    select * from {{ ref('int_notices_today') }}

),

neighbours as (

    select * from {{ ref('int_bus_neighbours') }}

),

notice_requests as (

    select * from {{ ref('int_notice_requests') }}

),

asked as (

    select * from notice_requests
    where segment = 'xarxa_bus'

),

near as (

    select * from notices
    where segment = 'xarxa_bus' and is_for_neighbours

),

final as (

    select
        topic,
        person_id,
        organisation_id,
        request_id,
        'request' as basis,
        'subscribed' as reason,
        1 as preference,
        has_notice,
        notice_channels
    from asked
    union all by name
    select
        near.notice_code as topic,
        neighbours.person_id,
        null as request_id,
        'public_task' as basis,
        'lives_near' as reason,
        2 as preference,
        true as has_notice,
        near.channels as notice_channels
    from neighbours
    inner join near on neighbours.bus_line = near.subject

)

select * from final

with

notices as (

    select * from {{ ref('int_notices_today') }}

),

neighbours as (

    select * from {{ ref('int_bus_neighbours') }}

),

travellers as (

    select * from {{ ref('int_person_transport') }}

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

recipients as (

    select
        topic,
        person_id,
        organisation_id,
        request_id,
        'request' as basis,
        'subscribed' as reason,
        1 as preference,
        has_notice,
        notice_channels,
        transport,
        is_doubted
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

),

with_transport as (

    select
        recipients.*,
        {{ transport_of_message() }} as known
    from recipients
    left join travellers
        on recipients.person_id = travellers.person_id and not coalesce(recipients.is_doubted, false)

),

final as (

    select
        * exclude (transport, is_doubted, known),
        coalesce(known.transport, 'GENERAL') as content,
        known.source as content_source
    from with_transport

)

select * from final

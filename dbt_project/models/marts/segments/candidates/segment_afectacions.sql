with

notices as (

    select * from {{ ref('int_notices_today') }}

),

neighbours as (

    select * from {{ ref('int_zone_neighbours') }}

),

travellers as (

    select * from {{ ref('int_person_transport') }}

),

works_zones as (

    select * from {{ ref('works_zones') }}

),

notice_requests as (

    select * from {{ ref('int_notice_requests') }}

),

-- The means of transport of the notice, otherwise those of its zone.
works_notices as (

    select
        notices.notice_code,
        notices.subject,
        notices.channels,
        notices.is_for_neighbours,
        if(len(notices.transports) > 0, notices.transports, coalesce(works_zones.transports, [])) as transports
    from notices
    left join works_zones on notices.subject = works_zones.zone_code
    where notices.segment = 'afectacions'

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
    from notice_requests
    where segment = 'afectacions'
    union all by name
    select
        works_notices.notice_code as topic,
        neighbours.person_id,
        'public_task' as basis,
        neighbours.reason,
        2 as preference,
        true as has_notice,
        works_notices.channels as notice_channels
    from neighbours
    inner join works_notices
        on neighbours.zone_code = works_notices.subject and works_notices.is_for_neighbours

),

-- The means of transport matters only if the works affect it.
with_transport as (

    select
        recipients.*,
        {{ transport_of_message('coalesce(works_notices.transports, [])') }} as known
    from recipients
    left join works_notices on recipients.topic = works_notices.notice_code
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

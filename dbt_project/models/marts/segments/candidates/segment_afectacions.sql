with

neighbours as (

    select * from {{ ref('int_zone_neighbours') }}

),

travellers as (

    select * from {{ ref('int_person_transport') }}

),

works_zones as (

    select * from {{ ref('works_zones') }}

),

business_day as (

    select * from {{ ref('int_business_date') }}

),

requests as (

    select * from {{ ref('requests') }}

),

zones as (

    select zones.*
    from works_zones as zones
    cross join business_day
    where
        business_day.business_date between zones.begins_on - {{ var('works_notice_days') }}
        and coalesce(zones.ends_on, business_day.business_date)

),

asked as (

    select * from requests
    where segment = 'afectacions'

),

recipients as (

    select
        zones.zone_code as topic,
        asked.person_id,
        asked.organisation_id,
        asked.request_id,
        'request' as basis,
        'subscribed' as reason,
        1 as preference,
        asked.transport
    from asked
    inner join zones on asked.topic = zones.zone_code
    union all by name
    select
        neighbours.zone_code as topic,
        neighbours.person_id,
        'public_task' as basis,
        neighbours.reason,
        2 as preference,
        travellers.transport
    from neighbours
    left join travellers on neighbours.person_id = travellers.person_id

),

final as (

    select
        recipients.* exclude (transport),
        -- The means of transport matters only if the works affect it.
        if(
            recipients.transport is not null
            and (len(zones.transports) = 0 or list_contains(zones.transports, recipients.transport)),
            recipients.transport,
            'GENERAL'
        ) as content
    from recipients
    inner join zones on recipients.topic = zones.zone_code

)

select * from final

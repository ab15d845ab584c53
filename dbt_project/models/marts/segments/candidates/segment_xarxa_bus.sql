with

lines as (

    select * from {{ ref('int_bus_changes') }}

),

neighbours as (

    select * from {{ ref('int_bus_neighbours') }}

),

requests as (

    select * from {{ ref('requests') }}

),

asked as (

    select * from requests
    where segment = 'xarxa_bus'

),

final as (

    select
        lines.bus_line as topic,
        asked.person_id,
        asked.organisation_id,
        asked.request_id,
        'request' as basis,
        'subscribed' as reason,
        1 as preference
    from asked
    inner join lines on asked.topic = lines.bus_line
    union all by name
    select
        bus_line as topic,
        person_id,
        null as request_id,
        'public_task' as basis,
        'lives_near' as reason,
        2 as preference
    from neighbours

)

select * from final

with

lines as (

    select * from {{ ref('int_bus_changes') }}

),

requests as (

    select * from {{ ref('requests') }}
    where segment = 'xarxa_bus'

),

neighbours as (

    select * from {{ ref('int_bus_neighbours') }}

)

select
    lines.bus_line as topic,
    requests.person_id,
    requests.request_id,
    'request' as basis,
    'subscribed' as reason,
    1 as preference
from requests
inner join lines on requests.topic = lines.bus_line
union all by name
select
    bus_line as topic,
    person_id,
    null as request_id,
    'public_task' as basis,
    'lives_near' as reason,
    2 as preference
from neighbours

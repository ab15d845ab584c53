with

requests as (

    select * from {{ ref('requests') }}
    where segment = 'informacio_juvenil'

),

readers as (

    select * from {{ ref('requests') }}
    where segment = 'butlletins' and topic = 'JOVES' and is_active

)

select
    topic,
    person_id,
    request_id,
    'request' as basis,
    'interest_declared' as reason,
    1 as preference
from requests
where person_id is not null
union all by name
select distinct
    'GENERAL' as topic,
    person_id,
    null as request_id,
    'consent' as basis,
    'reads_of_it' as reason,
    2 as preference
from readers
where person_id is not null

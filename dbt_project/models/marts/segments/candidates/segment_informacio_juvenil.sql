with

requests as (

    select * from {{ ref('requests') }}
    where segment = 'informacio_juvenil'

),

doubted as (

    select mention_id
    from {{ ref('int_person_links') }}
    where is_doubted

),

readers as (

    select requests.*
    from {{ ref('requests') }} as requests
    -- Of subscriptions the mention is the record itself.
    anti join doubted on requests.request_id = doubted.mention_id
    where requests.segment = 'butlletins' and requests.topic = 'JOVES' and requests.is_active

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

with

requests as (

    select * from {{ ref('requests') }}
    where segment = 'participacio'

),

persons as (

    select * from {{ ref('persons') }}

),

doubted as (

    select mention_id
    from {{ ref('int_person_links') }}
    where is_doubted

)

-- Processes are a district's; who lives in none, an entity, and who may be another are told those of the whole city.
select
    concat_ws('-', requests.topic, coalesce(persons.district_code, 'CIUTAT')) as topic,
    requests.person_id,
    requests.organisation_id,
    requests.request_id,
    'request' as basis,
    'interest_declared' as reason
from requests
left join doubted on requests.request_id = doubted.mention_id
left join persons on requests.person_id = persons.person_id and doubted.mention_id is null

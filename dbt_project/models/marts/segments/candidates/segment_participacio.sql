with

requests as (

    select * from {{ ref('requests') }}
    where segment = 'participacio'

),

persons as (

    select * from {{ ref('persons') }}

)

-- Processes are a district's; who lives in none, and an entity, is told those of the whole city.
select
    concat_ws('-', requests.topic, coalesce(persons.district_code, 'CIUTAT')) as topic,
    requests.person_id,
    requests.organisation_id,
    requests.request_id,
    'request' as basis,
    'interest_declared' as reason
from requests
left join persons on requests.person_id = persons.person_id

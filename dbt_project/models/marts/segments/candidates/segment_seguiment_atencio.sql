with

requests as (

    select * from {{ ref('requests') }}
    where segment = 'seguiment_atencio'

),

business_day as (

    select * from {{ ref('int_business_date') }}

)

select
    requests.topic,
    requests.person_id,
    requests.request_id,
    'request' as basis,
    'promised' as reason,
    requests.reference
from requests
inner join business_day on cast(requests.asked_at as date) = business_day.business_date

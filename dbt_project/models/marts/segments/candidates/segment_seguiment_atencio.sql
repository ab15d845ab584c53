with

business_day as (

    select * from {{ ref('int_business_date') }}

),

requests as (

    select * from {{ ref('requests') }}

),

asked as (

    select * from requests
    where segment = 'seguiment_atencio'

),

final as (

    select
        asked.topic,
        asked.person_id,
        asked.request_id,
        'request' as basis,
        'promised' as reason,
        asked.reference
    from asked
    inner join business_day on cast(asked.asked_at as date) = business_day.business_date

)

select * from final

with

requests as (

    select * from {{ ref('requests') }}
    where segment = 'campus_olimpia'

),

draw_results as (

    select * from {{ ref('draw_results') }}

),

business_day as (

    select * from {{ ref('int_business_date') }}

),

lately as (

    select distinct
        draw_results.application_number,
        draw_results.result
    from draw_results
    cross join business_day
    where
        business_day.business_date between draw_results.drawn_on and draw_results.drawn_on + {{ var('draw_told_days') }}

)

select
    requests.topic,
    requests.person_id,
    requests.about_person_id,
    requests.request_id,
    'request' as basis,
    lately.result as reason,
    requests.reference
from requests
inner join lately on requests.reference = lately.application_number

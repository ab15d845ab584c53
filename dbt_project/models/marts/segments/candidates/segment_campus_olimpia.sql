with

draw_results as (

    select * from {{ ref('draw_results') }}

),

business_day as (

    select * from {{ ref('int_business_date') }}

),

requests as (

    select * from {{ ref('requests') }}

),

asked as (

    select * from requests
    where segment = 'campus_olimpia'

),

lately as (

    select distinct
        draw_results.application_number,
        draw_results.result
    from draw_results
    cross join business_day
    where
        business_day.business_date between draw_results.drawn_on and draw_results.drawn_on + {{ var('draw_told_days') }}

),

final as (

    select
        asked.topic,
        asked.person_id,
        asked.about_person_id,
        asked.request_id,
        'request' as basis,
        lately.result as reason,
        asked.reference
    from asked
    inner join lately on asked.reference = lately.application_number

)

select * from final

with

draw_results as (

    select * from {{ ref('draw_results') }}

),

draw_applications as (

    select * from {{ ref('draw_applications') }}

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

    select
        draw_results.*,
        -- The application that was drawn for the child and turn: one message for all of them.
        coalesce(draw_applications.drawn_as, draw_results.application_number) as drawn_number
    from draw_results
    cross join business_day
    left join draw_applications on draw_results.application_id = draw_applications.application_id
    where
        business_day.business_date between draw_results.drawn_on and draw_results.drawn_on + {{ var('draw_told_days') }}

),

-- An application without known guardian stays in the funnel: somebody has to find out who to write to.
final as (

    select
        if(lately.result = 'drawn', 'ADMESOS', 'ESPERA') || '-' || lately.season as topic,
        lately.guardian_person_id as person_id,
        lately.child_person_id as about_person_id,
        asked.request_id,
        'request' as basis,
        lately.result as reason,
        lately.drawn_number as reference
    from lately
    left join asked on lately.application_number = asked.reference

)

select * from final

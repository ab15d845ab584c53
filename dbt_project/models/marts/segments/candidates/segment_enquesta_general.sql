with

business_day as (

    select * from {{ ref('int_business_date') }}

),

calendar as (

    select * from {{ ref('survey_calendar') }}

),

persons as (

    select * from {{ ref('persons') }}

),

consent_state as (

    select * from {{ ref('int_consent_state') }}

),

interactions as (

    select * from {{ ref('interactions') }}

),

waves as (

    select calendar.*
    from calendar
    inner join business_day on calendar.asked_on = business_day.business_date

),

-- They are asked about that attention.
attended as (

    select interactions.person_id
    from interactions
    inner join business_day on cast(interactions.occurred_at as date) = business_day.business_date
    where interactions.source = 'atencions' and interactions.person_id is not null

),

-- The funnel counts the people who were ever asked for their consent, not the whole city.
asked as (

    select distinct person_id
    from consent_state
    where purpose = 'surveys' and service is null

),

final as (

    select
        waves.wave as topic,
        persons.person_id,
        'consent' as basis,
        'lives_in_city' as reason,
        persons.barri_code as stratum
    from persons
    inner join asked on persons.person_id = asked.person_id
    cross join waves
    anti join attended on persons.person_id = attended.person_id
    where persons.is_resident

)

select * from final

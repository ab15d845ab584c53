with

business_day as (

    select * from {{ ref('int_business_date') }}

),

calendar as (

    select * from {{ ref('enrolment_calendar') }}

),

requests as (

    select * from {{ ref('requests') }}

),

relationships as (

    select * from {{ ref('relationships') }}

),

agreements as (

    select * from {{ ref('agreements') }}

),

children as (

    select * from {{ ref('persons') }}

),

moments as (

    select calendar.*
    from calendar
    cross join business_day
    where business_day.business_date between calendar.told_from and calendar.told_until

),

asked as (

    select * from requests
    where segment = 'preinscripcio'

),

guardians as (

    select
        relationships.person_id,
        children.person_id as child_id,
        cast(year(business_day.business_date) as integer) - children.birth_year as age_of_year,
        bool_and(relationships.is_doubted) as is_doubted
    from relationships
    inner join agreements
        on
            relationships.source = agreements.source
            and agreements.purpose = 'communicate'
            and agreements.is_in_force
    inner join children
        on relationships.related_person_id = children.person_id and children.is_minor
    cross join business_day
    where relationships.type = 'guardian_of' and relationships.person_id is not null
    group by all

),

final as (

    select
        moments.study_block || '-' || moments.moment as topic,
        asked.person_id,
        asked.organisation_id,
        asked.request_id,
        null as about_person_id,
        'request' as basis,
        'subscribed' as reason,
        1 as preference,
        null as is_doubted
    from asked
    inner join moments on asked.topic = moments.study_block
    union all by name
    select
        moments.study_block || '-' || moments.moment as topic,
        guardians.person_id,
        null as request_id,
        guardians.child_id as about_person_id,
        'consent' as basis,
        'child_of_age' as reason,
        2 as preference,
        guardians.is_doubted
    from guardians
    inner join moments on guardians.age_of_year between moments.child_age_from and moments.child_age_to

)

select * from final

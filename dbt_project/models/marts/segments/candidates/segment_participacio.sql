with

persons as (

    select * from {{ ref('persons') }}

),

requests as (

    select * from {{ ref('requests') }}

),

organisations as (

    select * from {{ ref('organisations') }}

),

person_links as (

    select * from {{ ref('int_person_links') }}

),

asked as (

    select * from requests
    where segment = 'participacio'

),

doubted as (

    select mention_id
    from person_links
    where is_doubted

),

-- Processes belong to a district; that of an entity is the district of its seat. Entities and people without a known
-- district, and doubted people, get those of the whole city.
final as (

    select
        concat_ws('-', asked.topic, coalesce(persons.district_code, organisations.district_code, 'CIUTAT')) as topic,
        asked.person_id,
        asked.organisation_id,
        asked.request_id,
        'request' as basis,
        'interest_declared' as reason
    from asked
    left join doubted on asked.request_id = doubted.mention_id
    left join organisations on asked.organisation_id = organisations.organisation_id
    left join persons on asked.person_id = persons.person_id and doubted.mention_id is null

)

select * from final

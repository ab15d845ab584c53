with

representatives as (

    select * from {{ ref('stg_contribuents__representatives') }}

),

persons as (

    select * from {{ ref('persons') }}

),

parties as (

    select * from {{ ref('mentions') }}
    where coalesce(person_id, organisation_id) is not null

),

represented as (

    select
        representatives.role as type,
        whose.person_id,
        whose.organisation_id,
        taxpayers.person_id as related_person_id,
        taxpayers.organisation_id as related_organisation_id,
        'contribuents' as source,
        representatives.source_key,
        representatives.entered_on as valid_from,
        representatives.left_on as valid_to
    from representatives
    inner join parties as whose on representatives.record_id = whose.mention_id
    inner join parties as taxpayers on representatives.taxpayer_record_id = taxpayers.mention_id
    where
        whose.person_id is distinct from taxpayers.person_id
        or whose.organisation_id is distinct from taxpayers.organisation_id

),

-- A residence, a convent or a shelter is one household of the Padró, but nobody's family.
homes as (

    select household_id
    from {{ ref('households') }}
    where member_count <= {{ var('largest_home') }}

),

housemates as (

    select
        'lives_with' as type,
        persons.person_id,
        others.person_id as related_person_id,
        'padro' as source,
        homes.household_id as source_key
    from homes
    inner join persons on homes.household_id = persons.household_id and persons.is_resident
    inner join persons as others
        on homes.household_id = others.household_id and others.is_resident and persons.person_id < others.person_id

),

ties as (

    select * from represented
    union all by name
    select * from housemates

)

select
    md5(concat_ws(
        '|', type, source, source_key, coalesce(person_id, organisation_id),
        coalesce(related_person_id, related_organisation_id)
    )) as relationship_id,
    type,
    person_id,
    organisation_id,
    related_person_id,
    related_organisation_id,
    source,
    source_key,
    valid_from,
    valid_to
from ties

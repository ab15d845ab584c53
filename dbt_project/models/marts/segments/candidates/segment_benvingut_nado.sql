with

padro_entries as (

    select * from {{ ref('int_padro_entries') }}

),

relationships as (

    select * from {{ ref('relationships') }}

),

agreements as (

    select * from {{ ref('agreements') }}

),

persons as (

    select * from {{ ref('persons') }}

),

households as (

    select * from {{ ref('households') }}

),

births as (

    select * from padro_entries
    where entry = 'birth'

),

-- The welcome may use guardians who are not certain: it goes by letter, to the family of the child.
guardians as (

    select
        relationships.person_id,
        relationships.related_person_id,
        relationships.type = 'guardian_of' as is_certain,
        bool_and(relationships.is_doubted) as is_doubted
    from relationships
    inner join agreements
        on
            relationships.source = agreements.source
            and agreements.purpose = 'communicate'
            and agreements.is_in_force
    where relationships.type in ('guardian_of', 'may_be_guardian_of') and relationships.person_id is not null
    group by all

),

with_guardian as (

    select related_person_id from relationships
    where type in ('guardian_of', 'may_be_guardian_of') and person_id is not null

),

-- Children of whom no source has a guardian, whose home is a family's, not a residence. The home of protected people is
-- hidden.
children_at_home as (

    select persons.person_id
    from persons
    inner join households on persons.household_id = households.household_id
    anti join with_guardian on persons.person_id = with_guardian.related_person_id
    where persons.is_resident and households.member_count <= {{ var('largest_home') }}

),

-- Without a guardian the child itself is the recipient, as the one of the family who is known.
final as (

    select
        'BENVINGUT' as topic,
        coalesce(guardians.person_id, children_at_home.person_id) as person_id,
        births.person_id as about_person_id,
        'public_task' as basis,
        if(guardians.is_certain, 'guardian_of_newborn', 'family_of_newborn') as reason,
        if(guardians.is_certain, 'person', 'family') as addressee,
        if(guardians.is_certain, 1, 2) as preference,
        guardians.is_doubted
    from births
    left join guardians on births.person_id = guardians.related_person_id
    left join children_at_home on births.person_id = children_at_home.person_id

)

select * from final

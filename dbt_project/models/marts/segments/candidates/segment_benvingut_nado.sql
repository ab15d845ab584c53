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

births as (

    select * from padro_entries
    where entry = 'birth'

),

guardians as (

    select
        relationships.person_id,
        relationships.related_person_id,
        bool_and(relationships.is_doubted) as is_doubted
    from relationships
    inner join agreements
        on
            relationships.source = agreements.source
            and agreements.purpose = 'communicate'
            and agreements.is_in_force
    where relationships.type = 'guardian_of' and relationships.person_id is not null
    group by all

),

final as (

    select
        'BENVINGUT' as topic,
        guardians.person_id,
        births.person_id as about_person_id,
        'public_task' as basis,
        'guardian_of_newborn' as reason,
        guardians.is_doubted
    from births
    left join guardians on births.person_id = guardians.related_person_id

)

select * from final

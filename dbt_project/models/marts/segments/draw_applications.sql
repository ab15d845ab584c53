{%- set either = 'coalesce(protected.mention_id, child_protected.mention_id)' -%}
-- The guardian applies for the child. Withdrawn applications are not drawn; of several for one child and turn, only
-- the first is drawn.
with

tutors as (

    select * from {{ ref('stg_activitats_estiu__tutors') }}

),

protected as (

    select * from {{ ref('int_protected_mentions') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

activitats_estiu_inscripcions as (

    select * from {{ ref('stg_activitats_estiu__inscripcions') }}

),

inscripcions as (

    select * from activitats_estiu_inscripcions
    where activity_kind = 'CAMPUS_OLIMPIA'

),

applications as (

    select
        inscripcions.record_id as application_id,
        inscripcions.source_key as application_number,
        inscripcions.season,
        {{ unless_protected('inscripcions.place', by=either) }},
        inscripcions.turn,
        inscripcions.applied_on,
        inscripcions.status_code != 'BAIXA' as is_standing,
        children.person_id as child_person_id,
        guardians.person_id as guardian_person_id,
        -- The law allows publishing four characters, never the whole; none for protected people.
        {{ unless_protected(published_document('tutors.document_raw'), 'published_document', by=either) }},
        {{ unless_protected('tutors.email', by='protected.mention_id') }},
        {{ unless_protected('tutors.phone', by='protected.mention_id') }}
    from inscripcions
    left join tutors on inscripcions.record_id = tutors.child_record_id
    left join links as children on inscripcions.record_id = children.mention_id
    left join links as guardians on tutors.record_id = guardians.mention_id
    left join protected on tutors.record_id = protected.mention_id
    left join protected as child_protected on inscripcions.record_id = child_protected.mention_id

),

final as (

    select
        *,
        if(
            is_standing and child_person_id is not null,
            nullif(
                first_value(application_number) over (
                    partition by season, child_person_id, turn, is_standing
                    order by applied_on asc nulls last, application_number asc
                ),
                application_number
            ),
            null
        ) as drawn_as
    from applications

)

select * from final

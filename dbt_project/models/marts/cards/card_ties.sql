with

relationships as (

    select * from {{ in_hub('relationships') }}

),

-- Who attends a parent sees the children; who may be a parent is not enough for that.
certain as (

    select * from relationships
    where type != 'may_be_guardian_of'

),

ends as (

    select
        person_id,
        organisation_id,
        type,
        'to' as direction,
        coalesce(related_person_id, related_organisation_id) as other,
        source,
        valid_from,
        valid_to
    from certain
    union all
    select
        related_person_id as person_id,
        related_organisation_id as organisation_id,
        type,
        'from' as direction,
        coalesce(person_id, organisation_id) as other,
        source,
        valid_from,
        valid_to
    from certain
    -- A relationship of a party with itself has one row.
    where
        related_person_id is distinct from person_id
        or related_organisation_id is distinct from organisation_id

)

select * from ends

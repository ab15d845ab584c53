with

identifiers as (

    select * from {{ in_hub('identifiers') }}

),

final as (

    select
        person_id,
        organisation_id,
        type,
        number,
        country,
        is_valid,
        is_current,
        valid_from,
        valid_to
    from identifiers

)

select * from final

with

licences as (

    select * from {{ in_hub('licences') }}

),

final as (

    select
        person_id,
        organisation_id,
        licence_number,
        licence_kind,
        place,
        valid_from,
        valid_to,
        'llicencies_via_publica' as source
    from licences

)

select * from final

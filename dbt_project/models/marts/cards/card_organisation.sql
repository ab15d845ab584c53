with

organisations as (

    select * from {{ in_hub('organisations') }}

),

final as (

    select
        organisation_id,
        legal_name,
        nif,
        is_nif_valid,
        legal_form,
        type,
        address,
        postcode,
        email,
        phone,
        first_seen_date as first_seen,
        last_seen_date as last_seen,
        source_count as sources,
        confidence
    from organisations

)

select * from final

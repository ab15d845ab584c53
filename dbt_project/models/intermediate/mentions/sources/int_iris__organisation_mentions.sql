with

iris as (

    select * from {{ ref('stg_iris__fitxes') }}

),

mentions as (

    select
        record_id as mention_id,
        'iris' as source,
        source_key,
        false as is_register,
        cast(coalesce(opened_on, extract_date) as timestamp) as observed_at,
        cast(coalesce(opened_on, extract_date) as date) as first_seen_date,
        cast(coalesce(opened_on, extract_date) as date) as last_seen_date,
        street,
        street_number,
        postcode,
        email,
        phone,
        organisation_document_raw as document_raw,
        legal_name as legal_name_raw
    from iris
    where is_organisation

)

select * from mentions

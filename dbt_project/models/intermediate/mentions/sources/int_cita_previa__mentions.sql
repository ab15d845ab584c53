with

visites as (

    select * from {{ ref('stg_cita_previa__visites') }}

),

mentions as (

    select
        record_id as mention_id,
        'cita_previa' as source,
        'cita_previa' as standing,
        source_key,
        false as is_register,
        cast(coalesce(occurred_at, extract_date) as timestamp) as observed_at,
        cast(coalesce(occurred_at, extract_date) as date) as first_seen_date,
        cast(coalesce(occurred_at, extract_date) as date) as last_seen_date,
        cast(occurred_at as date) as born_until,
        false as is_live,
        'cita_previa' as entry_of,
        false as is_deceased,
        document_raw,
        given_name,
        surname_1,
        surname_2,
        email,
        phone,
        true as gives_contact
    from visites

)

select * from mentions

with

abonaments as (

    select * from {{ ref('stg_bicing__abonaments') }}

),

mentions as (

    select
        record_id as mention_id,
        'bicing' as source,
        'bicing' as standing,
        source_key,
        false as is_register,
        cast(coalesce(valid_from, extract_date) as timestamp) as observed_at,
        cast(coalesce(valid_from, extract_date) as date) as first_seen_date,
        cast(coalesce(valid_from, extract_date) as date) as last_seen_date,
        cast(valid_from as date) as born_until,
        false as is_live,
        'bicing' as entry_of,
        false as is_deceased,
        document_raw,
        given_name,
        surname_1,
        surname_2,
        email,
        phone,
        true as gives_contact
    from abonaments

)

select * from mentions

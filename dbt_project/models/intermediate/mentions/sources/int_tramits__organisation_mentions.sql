with

tramits as (

    select * from {{ ref('stg_tramits__expedients') }}

),

mentions as (

    select
        record_id as mention_id,
        'tramits' as source,
        source_key,
        false as is_register,
        cast(coalesce(begun_at, extract_date) as timestamp) as observed_at,
        cast(coalesce(begun_at, extract_date) as date) as first_seen_date,
        cast(coalesce(ended_at, begun_at, extract_date) as date) as last_seen_date,
        email,
        phone,
        document_raw,
        legal_name as legal_name_raw
    from tramits
    where not is_citizen

)

select * from mentions

with

tramits as (

    select * from {{ ref('stg_tramits__expedients') }}

),

mentions as (

    select
        record_id as mention_id,
        'tramits' as source,
        'tramits' as standing,
        source_key,
        false as is_register,
        cast(coalesce(begun_at, extract_date) as timestamp) as observed_at,
        cast(coalesce(begun_at, extract_date) as date) as first_seen_date,
        cast(coalesce(ended_at, begun_at, extract_date) as date) as last_seen_date,
        cast(begun_at as date) as born_until,
        false as is_live,
        'tramits' as entry_of,
        false as is_deceased,
        document_raw,
        given_name,
        surname_1,
        surname_2,
        email,
        phone,
        true as gives_contact
    from tramits
    where is_citizen

)

select * from mentions

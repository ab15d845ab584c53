with

llicencies as (

    select * from {{ ref('stg_llicencies_via_publica__llicencies') }}

),

mentions as (

    select
        record_id as mention_id,
        'llicencies_via_publica' as source,
        source_key,
        false as is_register,
        cast(coalesce(valid_from, extract_date) as timestamp) as observed_at,
        cast(coalesce(valid_from, extract_date) as date) as first_seen_date,
        cast(coalesce(valid_from, extract_date) as date) as last_seen_date,
        document_raw,
        whole_name as legal_name_raw
    from llicencies
    where is_organisation

)

select * from mentions

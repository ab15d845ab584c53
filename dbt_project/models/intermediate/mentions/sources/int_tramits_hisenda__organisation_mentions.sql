with

tax_procedures as (

    select * from {{ ref('stg_tramits_hisenda__expedients') }}

),

tax_representatives as (

    select * from {{ ref('stg_tramits_hisenda__representatives') }}

),

procedures as (

    select
        record_id as mention_id,
        'tramits_hisenda' as source,
        source_key,
        false as is_register,
        cast(coalesce(begun_on, extract_date) as timestamp) as observed_at,
        cast(coalesce(begun_on, extract_date) as date) as first_seen_date,
        cast(coalesce(ended_on, begun_on, extract_date) as date) as last_seen_date,
        document_raw,
        whole_name as legal_name_raw
    from tax_procedures
    where is_organisation

),

answering as (

    select
        record_id as mention_id,
        'tramits_hisenda' as source,
        source_key,
        false as is_register,
        cast(coalesce(begun_on, extract_date) as timestamp) as observed_at,
        cast(coalesce(begun_on, extract_date) as date) as first_seen_date,
        cast(coalesce(ended_on, begun_on, extract_date) as date) as last_seen_date,
        document_raw,
        whole_name as legal_name_raw
    from tax_representatives
    where is_organisation

),

final as (

    select * from procedures
    union all by name
    select * from answering

)

select * from final

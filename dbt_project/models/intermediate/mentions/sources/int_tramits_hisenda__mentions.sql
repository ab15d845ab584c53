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
        'tramits_hisenda' as standing,
        source_key,
        false as is_register,
        cast(coalesce(begun_on, extract_date) as timestamp) as observed_at,
        cast(coalesce(begun_on, extract_date) as date) as first_seen_date,
        cast(coalesce(ended_on, begun_on, extract_date) as date) as last_seen_date,
        cast(begun_on as date) as born_until,
        false as is_live,
        'tramits_hisenda' as entry_of,
        false as is_deceased,
        document_raw,
        given_name,
        surname_1,
        surname_2,
        true as gives_contact
    from tax_procedures
    where not is_organisation

),

answering as (

    select
        record_id as mention_id,
        'tramits_hisenda' as source,
        'tramits_hisenda' as standing,
        source_key,
        false as is_register,
        cast(coalesce(begun_on, extract_date) as timestamp) as observed_at,
        cast(coalesce(begun_on, extract_date) as date) as first_seen_date,
        cast(coalesce(ended_on, begun_on, extract_date) as date) as last_seen_date,
        cast(begun_on as date) as born_until,
        false as is_live,
        false as is_deceased,
        document_raw,
        given_name,
        surname_1,
        surname_2,
        true as gives_contact,
        cast(null as varchar) as entry_of
    from tax_representatives
    where not is_organisation

),

final as (

    select * from procedures
    union all by name
    select * from answering

)

select * from final

with

llicencies as (

    select * from {{ ref('stg_llicencies_via_publica__llicencies') }}

),

mentions as (

    select
        record_id as mention_id,
        'llicencies_via_publica' as source,
        'llicencies_via_publica' as standing,
        source_key,
        false as is_register,
        cast(coalesce(valid_from, extract_date) as timestamp) as observed_at,
        cast(coalesce(valid_from, extract_date) as date) as first_seen_date,
        cast(coalesce(valid_from, extract_date) as date) as last_seen_date,
        cast(valid_from as date) as born_until,
        false as is_live,
        'llicencies_via_publica' as entry_of,
        false as is_deceased,
        document_raw,
        given_name,
        surname_1,
        surname_2,
        true as gives_contact
    from llicencies
    where not is_organisation

)

select * from mentions

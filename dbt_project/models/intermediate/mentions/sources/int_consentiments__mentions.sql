-- The contact data in a decision are the person's own, unless the name is missing.
with

decisions as (

    select * from {{ ref('stg_consentiments__decisions') }}

),

mentions as (

    select
        record_id as mention_id,
        'consentiments' as source,
        'consentiments' as standing,
        source_key,
        false as is_register,
        cast(coalesce(decided_at, extract_date) as timestamp) as observed_at,
        cast(coalesce(decided_at, extract_date) as date) as first_seen_date,
        cast(coalesce(decided_at, extract_date) as date) as last_seen_date,
        cast(decided_at as date) as born_until,
        false as is_live,
        'consentiments' as entry_of,
        false as is_deceased,
        document_raw,
        given_name,
        surname_1,
        surname_2,
        document_declared_type,
        document_country,
        birth_date,
        cast(year(birth_date) as integer) as birth_year,
        language,
        email,
        phone,
        coalesce(given_name, surname_1, surname_2) is not null and not is_by_guardian as gives_contact
    from decisions

)

select * from mentions

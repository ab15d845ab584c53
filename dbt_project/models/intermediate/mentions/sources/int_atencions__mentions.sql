with

atencions as (

    select * from {{ ref('stg_atencions__atencions') }}

),

mentions as (

    select
        record_id as mention_id,
        'atencions' as source,
        'atencions' as standing,
        source_key,
        false as is_register,
        coalesce(occurred_at, cast(extract_date as timestamp)) as observed_at,
        cast(coalesce(occurred_at, extract_date) as date) as first_seen_date,
        cast(coalesce(occurred_at, extract_date) as date) as last_seen_date,
        cast(occurred_at as date) as born_until,
        false as is_live,
        'atencions' as entry_of,
        false as is_deceased,
        document_raw,
        document_declared_type,
        document_country,
        given_name,
        surname_1,
        surname_2,
        birth_date,
        cast(year(birth_date) as integer) as birth_year,
        sex,
        language,
        street,
        street_number,
        postcode,
        email,
        phone,
        -- A record with only a document may come from anyone who knows the number: its contact data are not used.
        coalesce(given_name, surname_1, surname_2) is not null as gives_contact
    from atencions

)

select * from mentions

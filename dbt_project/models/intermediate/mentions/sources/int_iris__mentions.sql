with

iris as (

    select * from {{ ref('stg_iris__fitxes') }}

),

mentions as (

    select
        record_id as mention_id,
        'iris' as source,
        'iris' as standing,
        source_key,
        false as is_register,
        cast(coalesce(opened_on, extract_date) as timestamp) as observed_at,
        cast(coalesce(opened_on, extract_date) as date) as first_seen_date,
        cast(coalesce(opened_on, extract_date) as date) as last_seen_date,
        cast(opened_on as date) as born_until,
        false as is_live,
        'iris' as entry_of,
        false as is_deceased,
        document_raw,
        given_name,
        surname_1,
        surname_2,
        document_declared_type,
        birth_year,
        sex,
        language,
        street,
        street_number,
        postcode,
        email,
        phone,
        true as gives_contact
    from iris
    where is_citizen

)

select * from mentions

with

distintius as (

    select * from {{ ref('stg_area_verda__distintius') }}

),

mentions as (

    select
        record_id as mention_id,
        'area_verda' as source,
        'area_verda' as standing,
        source_key,
        false as is_register,
        cast(coalesce(valid_from, extract_date) as timestamp) as observed_at,
        cast(coalesce(valid_from, extract_date) as date) as first_seen_date,
        cast(coalesce(ended_on, valid_from, extract_date) as date) as last_seen_date,
        cast(valid_from as date) as born_until,
        false as is_live,
        'area_verda' as entry_of,
        false as is_deceased,
        document_raw,
        given_name,
        surname_1,
        surname_2,
        street,
        street_number,
        postcode,
        email,
        phone,
        true as gives_contact
    from distintius

)

select * from mentions

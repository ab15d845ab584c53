with

inscripcions as (

    select * from {{ ref('stg_activitats_estiu__inscripcions') }}

),

tutors as (

    select * from {{ ref('stg_activitats_estiu__tutors') }}

),

children as (

    select
        record_id as mention_id,
        'activitats_estiu' as source,
        'activitats_estiu' as standing,
        source_key,
        false as is_register,
        cast(coalesce(applied_on, extract_date) as timestamp) as observed_at,
        cast(coalesce(applied_on, extract_date) as date) as first_seen_date,
        cast(coalesce(applied_on, extract_date) as date) as last_seen_date,
        cast(applied_on as date) as born_until,
        cast(applied_on - interval {{ var('oldest_child') }} year as date) as born_from,
        false as is_live,
        'activitats_estiu' as entry_of,
        false as is_deceased,
        document_raw,
        given_name,
        surname_1,
        surname_2,
        birth_date,
        cast(year(birth_date) as integer) as birth_year,
        record_id as form_of,
        street,
        street_number,
        postcode,
        true as gives_contact,
        cast(null as varchar) as email,
        cast(null as varchar) as phone
    from inscripcions

),

answering as (

    select
        record_id as mention_id,
        'activitats_estiu' as source,
        'activitats_estiu' as standing,
        source_key,
        false as is_register,
        cast(coalesce(applied_on, extract_date) as timestamp) as observed_at,
        cast(coalesce(applied_on, extract_date) as date) as first_seen_date,
        cast(coalesce(applied_on, extract_date) as date) as last_seen_date,
        cast(applied_on - interval {{ var('youngest_parent') }} year as date) as born_until,
        false as is_live,
        false as is_deceased,
        document_raw,
        given_name,
        surname_1,
        surname_2,
        child_record_id as form_of,
        street,
        street_number,
        postcode,
        email,
        phone,
        true as gives_contact,
        cast(null as date) as born_from,
        cast(null as varchar) as entry_of,
        cast(null as date) as birth_date,
        cast(null as integer) as birth_year
    from tutors

),

final as (

    select * from children
    union all by name
    select * from answering

)

select * from final

with

padro as (

    select * from {{ ref('int_padro_inscriptions') }}

),

countries as (

    select * from {{ ref('ine_countries') }}

),

mentions as (

    select
        padro.record_id as mention_id,
        'padro' as source,
        if(padro.is_live, 'padro', 'padro_left') as standing,
        padro.source_key,
        true as is_register,
        cast(coalesce(padro.variation_date, padro.entered_date, padro.extract_date) as timestamp) as observed_at,
        coalesce(padro.entered_date, padro.variation_date, padro.extract_date) as first_seen_date,
        if(padro.is_live, padro.extract_date, coalesce(padro.variation_date, padro.extract_date)) as last_seen_date,
        padro.is_live,
        'padro' as entry_of,
        cast(null as varchar) as form_of,
        coalesce(padro.entered_date, padro.variation_date, padro.extract_date) as born_until,
        cast(null as date) as born_from,
        padro.is_deceased,
        padro.document_raw,
        padro.document_declared_type,
        countries.iso2 as document_country,
        padro.given_name,
        padro.surname_1,
        padro.surname_2,
        padro.birth_date,
        padro.birth_year,
        padro.sex,
        padro.nationality_code,
        cast(null as varchar) as language,
        padro.street,
        padro.street_number,
        padro.postcode,
        padro.district_code,
        padro.barri_code,
        padro.census_section,
        padro.x_etrs89,
        padro.y_etrs89,
        padro.household_id,
        cast(null as varchar) as email,
        cast(null as varchar) as phone,
        true as gives_contact
    from padro
    left join countries on padro.nationality_code = countries.ine_code

)

select * from mentions

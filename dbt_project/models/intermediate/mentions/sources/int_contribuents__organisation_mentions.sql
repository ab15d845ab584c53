with

contribuents as (

    select * from {{ ref('stg_contribuents__contribuents') }}

),

representatives as (

    select * from {{ ref('stg_contribuents__representatives') }}

),

taxpayers as (

    select
        record_id as mention_id,
        'contribuents' as source,
        source_key,
        true as is_register,
        cast(coalesce(entered_on, extract_date) as timestamp) as observed_at,
        coalesce(entered_on, extract_date) as first_seen_date,
        coalesce(left_on, extract_date) as last_seen_date,
        document_raw,
        legal_name as legal_name_raw,
        street,
        street_number,
        postcode,
        email,
        phone
    from contribuents
    where taxpayer_type != 'PERSON'

),

answering as (

    select
        record_id as mention_id,
        'contribuents' as source,
        source_key,
        false as is_register,
        cast(coalesce(entered_on, extract_date) as timestamp) as observed_at,
        cast(coalesce(entered_on, extract_date) as date) as first_seen_date,
        cast(coalesce(left_on, extract_date) as date) as last_seen_date,
        document_raw,
        whole_name as legal_name_raw,
        cast(null as varchar) as street,
        cast(null as varchar) as street_number,
        cast(null as varchar) as postcode,
        cast(null as varchar) as email,
        cast(null as varchar) as phone
    from representatives
    where is_organisation

),

final as (

    select * from taxpayers
    union all by name
    select * from answering

)

select * from final

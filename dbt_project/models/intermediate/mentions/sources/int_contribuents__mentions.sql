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
        'contribuents' as standing,
        source_key,
        false as is_register,
        cast(coalesce(entered_on, extract_date) as timestamp) as observed_at,
        coalesce(entered_on, extract_date) as first_seen_date,
        coalesce(left_on, extract_date) as last_seen_date,
        false as is_live,
        if(coalesce(left_on > extract_date, true), 'contribuents', null) as entry_of,
        -- Older dates in the register may mean "unknown".
        if(year(entered_on) >= {{ var('oldest_tax_entry') }}, entered_on, null) as born_until,
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
    from contribuents
    where taxpayer_type = 'PERSON'

),

-- A representative may be born after the taxpayer's entry, so born_until is null.
answering as (

    select
        record_id as mention_id,
        'contribuents' as source,
        'contribuents' as standing,
        source_key,
        false as is_register,
        cast(coalesce(entered_on, extract_date) as timestamp) as observed_at,
        cast(coalesce(entered_on, extract_date) as date) as first_seen_date,
        cast(coalesce(left_on, extract_date) as date) as last_seen_date,
        false as is_live,
        false as is_deceased,
        document_raw,
        given_name,
        surname_1,
        surname_2,
        true as gives_contact,
        cast(null as varchar) as entry_of,
        cast(null as date) as born_until,
        cast(null as varchar) as street,
        cast(null as varchar) as street_number,
        cast(null as varchar) as postcode,
        cast(null as varchar) as email,
        cast(null as varchar) as phone
    from representatives
    where not is_organisation

),

final as (

    select * from taxpayers
    union all by name
    select * from answering

)

select * from final

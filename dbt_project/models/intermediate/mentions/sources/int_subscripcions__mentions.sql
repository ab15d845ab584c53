with

subscripcions as (

    select * from {{ ref('stg_subscripcions__subscripcions') }}

),

mentions as (

    select
        record_id as mention_id,
        'subscripcions' as source,
        'subscripcions' as standing,
        source_key,
        false as is_register,
        cast(coalesce(subscribed_on, extract_date) as timestamp) as observed_at,
        cast(coalesce(subscribed_on, extract_date) as date) as first_seen_date,
        cast(coalesce(ended_on, subscribed_on, extract_date) as date) as last_seen_date,
        cast(subscribed_on as date) as born_until,
        false as is_live,
        'subscripcions' as entry_of,
        false as is_deceased,
        document_raw,
        given_name,
        surname_1,
        surname_2,
        language,
        email,
        phone,
        true as gives_contact
    from subscripcions
    where legal_name is null

)

select * from mentions

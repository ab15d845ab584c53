-- The contact data that an entity gives for a subscription are only for that subscription.
with

subscripcions as (

    select * from {{ ref('stg_subscripcions__subscripcions') }}

),

mentions as (

    select
        record_id as mention_id,
        'subscripcions' as source,
        source_key,
        false as is_register,
        cast(coalesce(subscribed_on, extract_date) as timestamp) as observed_at,
        cast(coalesce(subscribed_on, extract_date) as date) as first_seen_date,
        cast(coalesce(ended_on, subscribed_on, extract_date) as date) as last_seen_date,
        document_raw,
        legal_name as legal_name_raw
    from subscripcions
    where legal_name is not null

)

select * from mentions

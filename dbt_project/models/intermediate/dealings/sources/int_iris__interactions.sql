with

iris as (

    select * from {{ ref('stg_iris__fitxes') }}

),

interactions as (

    select
        record_id as interaction_id,
        record_id as mention_id,
        'iris' as source,
        source_key,
        channel_code,
        area as service_code,
        status_code,
        card_type as subject,
        detail as procedure,
        cast(opened_on as timestamp) as occurred_at,
        language,
        closed_on
    from iris

)

select * from interactions

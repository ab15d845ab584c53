with

subscriptions as (

    select * from {{ in_hub('subscriptions') }}

),

final as (

    select
        person_id,
        organisation_id,
        service,
        topic,
        channel,
        address,
        subscribed_on,
        ended_on,
        unsubscribed_on,
        is_active,
        'subscripcions' as source,
        source_key
    from subscriptions

)

select * from final

-- A no that comes later than a request is the funnel's to hear; here is only what was asked for, and whether it ended.
with

subscriptions as (

    select * from {{ ref('subscriptions') }}

),

subscribed as (

    select
        subscription_id as request_id,
        'subscription' as kind,
        case service
            when 'OBRES' then 'afectacions'
            when 'PREINSCRIPCIO' then 'preinscripcio'
            when 'BUS' then 'xarxa_bus'
            when 'BUTLLETI' then 'butlletins'
        end as segment,
        topic,
        person_id,
        cast(null as varchar) as organisation_id,
        channel,
        address,
        language,
        transport,
        cast(null as varchar) as reference,
        cast(subscribed_on as timestamp) as asked_at,
        is_active,
        unsubscribed_on
    from subscriptions
    where person_id is not null

)

select * from subscribed

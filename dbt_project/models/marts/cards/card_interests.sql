with

subscriptions as (

    select * from {{ in_hub('subscriptions') }}

),

campaign_events as (

    select * from {{ in_hub('campaign_events') }}

),

interests as (

    select
        person_id,
        coalesce(interest, sector, zone_code, bus_line, study_block, district_code) as interest,
        'subscripcions, ' || service as source,
        subscribed_on as since
    from subscriptions
    where is_active
    union all
    select
        person_id,
        'moves by ' || transport as interest,
        'subscripcions, ' || service as source,
        subscribed_on as since
    from subscriptions
    where is_active
    union all
    select
        person_id,
        topic as interest,
        'campanyes, ' || segment || ', ' || event as source,
        cast(max(occurred_at) as date) as since
    from campaign_events
    where event in ('opened', 'clicked')
    group by all

),

final as (

    select * from interests
    where interest is not null

)

select * from final

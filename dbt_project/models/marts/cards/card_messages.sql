with

campaign_events as (

    select * from {{ in_hub('campaign_events') }}

),

final as (

    select
        person_id,
        campaign_event_id,
        occurred_at,
        campaign,
        segment,
        topic,
        channel,
        event,
        'campanyes' as source
    from campaign_events

)

select * from final

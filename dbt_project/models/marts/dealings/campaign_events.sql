-- For protected people, address and topic of a message are hidden: works and buses are near their home.
with

events as (

    select * from {{ ref('int_campaign_events') }}

),

protected as (

    select * from {{ ref('int_protected_persons') }}

),

reserved as (

    select * from {{ ref('int_reserved_contacts') }}

),

final as (

    select
        events.campaign_event_id,
        events.person_id,
        events.source_key,
        events.message_id,
        {{ unless_protected('events.campaign') }},
        events.segment,
        {{ unless_protected('events.topic') }},
        events.channel,
        {{ unless_protected('events.address', by='coalesce(protected.person_id, reserved.address)') }},
        events.event,
        events.occurred_at
    from events
    left join protected on events.person_id = protected.person_id
    left join reserved on events.address = reserved.address

)

select * from final

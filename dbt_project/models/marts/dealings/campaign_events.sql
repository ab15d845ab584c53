{%- set protected_party = 'coalesce(protected.person_id, hidden.organisation_id)' -%}
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

protected_organisations as (

    select * from {{ ref('int_protected_organisations') }}

),

hidden as (

    select distinct organisation_id
    from protected_organisations

),

final as (

    select
        events.campaign_event_id,
        events.person_id,
        events.organisation_id,
        events.linked_by,
        events.source_key,
        events.message_id,
        {{ unless_protected('events.campaign', by=protected_party) }},
        events.segment,
        {{ unless_protected('events.topic', by=protected_party) }},
        events.channel,
        {{ unless_protected(
            'events.address', by='coalesce(protected.person_id, hidden.organisation_id, reserved.address)'
        ) }},
        events.event,
        events.occurred_at
    from events
    left join protected on events.person_id = protected.person_id
    left join hidden on events.organisation_id = hidden.organisation_id
    left join reserved on events.address = reserved.address

)

select * from final

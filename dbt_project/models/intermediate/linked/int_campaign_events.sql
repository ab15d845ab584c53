-- A message belongs to the person with its exported id; from the tool's own lists, to the only person with the address.
with

events as (

    select * from {{ ref('stg_campanyes__events') }}

),

ids as (

    select * from {{ ref('int_current_person_ids') }}

),

ranked_attributes as (

    select * from {{ ref('int_ranked_attributes') }}

),

attributes as (

    select *
    from ranked_attributes
    where rank = 1 and attribute in ('email', 'phone')

),

holders as (

    select
        attribute,
        value,
        min(person_id) as person_id
    from attributes
    group by attribute, value
    having count(distinct person_id) = 1

),

final as (

    select
        events.record_id as campaign_event_id,
        coalesce(ids.person_id, if(events.exported_person_id is null, holders.person_id, null)) as person_id,
        events.source_key,
        events.message_id,
        events.campaign,
        events.segment,
        events.topic,
        events.channel,
        coalesce(events.email, events.phone) as address,
        events.event,
        events.occurred_at
    from events
    left join ids on events.exported_person_id = ids.issued_id
    left join holders
        on
            coalesce(events.email, events.phone) = holders.value
            and holders.attribute = if(events.email is not null, 'email', 'phone')

)

select * from final

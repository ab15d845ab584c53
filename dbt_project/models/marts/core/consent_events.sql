with

consent_events as (

    select * from {{ ref('int_consent_events') }}

),

possible_withdrawals as (

    select * from {{ ref('int_possible_withdrawals') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

campaign_events as (

    select * from {{ ref('int_campaign_events') }}

),

tellers as (

    select distinct
        unnest([mentions.email, mentions.phone]) as address,
        links.person_id
    from {{ ref('int_mention_values') }} as mentions
    inner join links on mentions.mention_id = links.mention_id
    where links.person_id is not null

),

unsubscribing as (

    select
        campaign_event_id as evidence,
        person_id,
        channel,
        message_id,
        address,
        occurred_at
    from campaign_events
    where event = 'unsubscribed'
    union all
    select
        refused.place as evidence,
        ids.person_id,
        refused.channel,
        refused.message_id,
        coalesce(refused.email, refused.phone) as address,
        refused.occurred_at
    from {{ ref('stg_campanyes__quarantined') }} as refused
    left join {{ ref('int_current_person_ids') }} as ids on refused.exported_person_id = ids.issued_id

),

unsubscribed as (

    select
        unsubscribing.* exclude (person_id),
        coalesce(unsubscribing.person_id, tellers.person_id) as person_id
    from unsubscribing
    left join tellers on unsubscribing.person_id is null and unsubscribing.address = tellers.address

)

select
    consent_events.consent_event_id,
    links.person_id,
    consent_events.purpose,
    consent_events.service,
    consent_events.state,
    consent_events.channel,
    consent_events.text_version,
    consent_events.evidence,
    consent_events.source,
    consent_events.reference,
    consent_events.is_named,
    consent_events.is_by_guardian,
    coalesce(links.is_doubted, false) as is_doubted,
    consent_events.decided_at
from consent_events
left join links on consent_events.evidence = links.mention_id
union all by name
select
    consent_event_id,
    person_id,
    purpose,
    cast(null as varchar) as service,
    state,
    channel,
    text_version,
    evidence,
    source,
    cast(null as varchar) as reference,
    false as is_named,
    false as is_by_guardian,
    false as is_doubted,
    decided_at
from possible_withdrawals
union all by name
-- Who unsubscribes from a message wants no more of them, whatever list it came from; where nobody is known by it,
-- whoever ever told the address may be meant.
select
    md5('unsubscribed|' || evidence || '|' || coalesce(person_id, '')) as consent_event_id,
    person_id,
    'communications' as purpose,
    cast(null as varchar) as service,
    'withdrawn' as state,
    channel,
    cast(null as varchar) as text_version,
    evidence,
    'campanyes' as source,
    message_id as reference,
    false as is_named,
    false as is_by_guardian,
    false as is_doubted,
    occurred_at as decided_at
from unsubscribed

with

consent_events as (

    select * from {{ ref('int_consent_events') }}

),

quarantined_withdrawals as (

    select * from {{ ref('int_quarantined_withdrawals') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

campaign_events as (

    select * from {{ ref('campaign_events') }}

),

tellers as (

    select distinct
        unnest([mentions.email, mentions.phone]) as address,
        links.person_id
    from {{ ref('int_mention_values') }} as mentions
    inner join links on mentions.mention_id = links.mention_id
    where links.person_id is not null

),

unsubscribed as (

    select
        campaign_events.* exclude (person_id),
        coalesce(campaign_events.person_id, tellers.person_id) as person_id
    from campaign_events
    left join tellers on campaign_events.person_id is null and campaign_events.address = tellers.address
    where campaign_events.event = 'unsubscribed'

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
    decided_at
from quarantined_withdrawals
union all by name
-- Who unsubscribes from a message wants no more of them, whatever list it came from; where nobody is known by it,
-- whoever ever told the address may be meant.
select
    md5('unsubscribed|' || campaign_event_id || '|' || coalesce(person_id, '')) as consent_event_id,
    person_id,
    'communications' as purpose,
    cast(null as varchar) as service,
    'withdrawn' as state,
    channel,
    cast(null as varchar) as text_version,
    campaign_event_id as evidence,
    'campanyes' as source,
    message_id as reference,
    false as is_named,
    false as is_by_guardian,
    occurred_at as decided_at
from unsubscribed

with

consent_events as (

    select * from {{ ref('int_consent_events') }}

),

quarantined_withdrawals as (

    select * from {{ ref('int_quarantined_withdrawals') }}

),

links as (

    select * from {{ ref('int_person_links') }}

)

select
    consent_events.consent_event_id,
    links.person_id,
    consent_events.purpose,
    consent_events.state,
    consent_events.channel,
    consent_events.text_version,
    consent_events.evidence,
    consent_events.is_named,
    consent_events.decided_at
from consent_events
left join links on consent_events.evidence = links.mention_id
union all
select
    consent_event_id,
    person_id,
    purpose,
    state,
    channel,
    text_version,
    evidence,
    false as is_named,
    decided_at
from quarantined_withdrawals

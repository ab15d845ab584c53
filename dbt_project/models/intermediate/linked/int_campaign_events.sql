-- Whose message an event is about. The first of these decides: the recipient that Fil delivered (by the exported id, or
-- by the message in an audience), the request for that topic at that address, the only holder of the address. Two ids
-- that differ, two people who asked, or two holders link nobody. A contradicted or unknown id is not guessed at.
with

events as (

    select * from {{ ref('stg_campanyes__events') }}

),

sent_messages as (

    select * from {{ ref('stg_linkage__sent_messages') }}

),

ids as (

    select * from {{ ref('int_current_person_ids') }}

),

person_links as (

    select * from {{ ref('int_person_links') }}

),

organisation_links as (

    select * from {{ ref('stg_linkage__organisation_links') }}

),

mentions as (

    select * from {{ ref('int_mention_values') }}

),

organisation_mentions as (

    select * from {{ ref('int_organisation_mentions') }}

),

shared_contacts as (

    select * from {{ ref('int_shared_contacts') }}

),

requests as (

    select * from {{ ref('requests') }}

),

reserved as (

    select * from {{ ref('int_reserved_contacts') }}

),

notices as (

    select * from {{ ref('notices') }}

),

-- A message about a notice answers a request for what the notice is about.
addressed as (

    select
        events.*,
        coalesce({{ comparable_email('events.email') }}, events.phone) as contact,
        coalesce(notices.subject, events.topic) as subject
    from events
    left join notices on events.segment = notices.segment and events.topic = notices.notice_code

),

deliveries as (

    select
        message_id,
        min(recipient_id) as recipient_id
    from sent_messages
    group by message_id
    having count(distinct recipient_id) = 1

),

organisations as (

    select distinct organisation_id
    from organisation_links
    where organisation_id is not null

),

-- Ids that were delivered, each with its person or organisation of today.
parties as (

    select
        issued_id,
        person_id as party_id
    from ids
    union all
    select
        organisation_id as issued_id,
        organisation_id as party_id
    from organisations

),

-- A request whose record may be another person's is one that somebody unknown made.
asked as (

    select
        requests.segment,
        requests.topic,
        coalesce({{ comparable_email('requests.address') }}, requests.address) as contact,
        if(links.is_doubted, null, coalesce(requests.person_id, requests.organisation_id)) as party_id,
        requests.request_id
    from requests
    left join person_links as links on requests.request_id = links.mention_id
    -- Of protected people a request shows no address, so another's may look like the only one.
    anti join reserved on requests.address = reserved.address
    where requests.address is not null

),

requesters as (

    select
        segment,
        topic,
        contact,
        min(party_id) as party_id
    from asked
    group by segment, topic, contact
    having count(distinct coalesce(party_id, request_id)) = 1 and min(party_id) is not null

),

-- Every mention with an address counts as a holder, also one that is nobody's yet or that may be another person's.
contacts as (

    select
        unnest([{{ comparable_email('mentions.email') }}, mentions.phone]) as contact,
        if(links.is_doubted, null, links.person_id) as party_id,
        mentions.mention_id
    from mentions
    left join person_links as links on mentions.mention_id = links.mention_id
    where mentions.email is not null or mentions.phone is not null
    union all
    select
        unnest([{{ comparable_email('mentions.email') }}, mentions.phone]) as contact,
        links.organisation_id as party_id,
        mentions.mention_id
    from organisation_mentions as mentions
    left join organisation_links as links on mentions.mention_id = links.mention_id
    where mentions.email is not null or mentions.phone is not null

),

shared as (

    select distinct if(kind = 'email', {{ comparable_email('value') }}, value) as contact
    from shared_contacts
    where is_shared

),

holders as (

    select
        contacts.contact,
        min(contacts.party_id) as party_id
    from contacts
    semi join addressed on contacts.contact = addressed.contact
    anti join shared on contacts.contact = shared.contact
    group by contacts.contact
    having count(distinct coalesce(contacts.party_id, contacts.mention_id)) = 1 and min(contacts.party_id) is not null

),

linked as (

    select
        addressed.*,
        case
            when addressed.exported_person_id is not null and deliveries.recipient_id is not null
                then if(by_id.party_id = by_message.party_id, by_id.party_id, null)
            when addressed.exported_person_id is not null then by_id.party_id
            when deliveries.recipient_id is not null then by_message.party_id
            else coalesce(requesters.party_id, holders.party_id)
        end as party_id,
        case
            when addressed.exported_person_id is not null or deliveries.recipient_id is not null then 'delivery'
            when requesters.party_id is not null then 'request'
            else 'contact'
        end as linked_by
    from addressed
    left join deliveries on addressed.message_id = deliveries.message_id
    left join parties as by_id on addressed.exported_person_id = by_id.issued_id
    left join parties as by_message on deliveries.recipient_id = by_message.issued_id
    left join requesters
        on
            addressed.segment = requesters.segment
            and addressed.subject = requesters.topic
            and addressed.contact = requesters.contact
    left join holders on addressed.contact = holders.contact

),

final as (

    select
        linked.record_id as campaign_event_id,
        if(organisations.organisation_id is null, linked.party_id, null) as person_id,
        organisations.organisation_id,
        if(linked.party_id is null, null, linked.linked_by) as linked_by,
        linked.source_key,
        linked.message_id,
        linked.campaign,
        linked.segment,
        linked.topic,
        linked.channel,
        coalesce(linked.email, linked.phone) as address,
        linked.event,
        linked.occurred_at
    from linked
    left join organisations on linked.party_id = organisations.organisation_id

)

select * from final

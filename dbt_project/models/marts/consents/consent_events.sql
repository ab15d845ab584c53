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

extracts as (

    select * from {{ ref('int_consent_extracts') }}

),

unsubscribed_persons as (

    select * from {{ ref('int_unsubscribed_persons') }}

),

segments as (

    select * from {{ ref('segments') }}

),

address_withdrawals as (

    select * from {{ ref('int_address_withdrawals') }}

),

nameless as (

    select * from {{ ref('int_nameless_persons') }}

),

unsubscribed as (

    select
        unsubscribed.*,
        -- It withdraws the consent to communications and, if the message was a survey, to surveys, too.
        list_distinct(['communications', {{ consent_of('segments.purpose') }}]) as purposes
    from unsubscribed_persons as unsubscribed
    left join segments on unsubscribed.segment = segments.segment

),

unsubscriptions as (

    select
        * exclude (purposes),
        unnest(purposes) as purpose
    from unsubscribed

),

identified as (

    select
        consent_events.*,
        links.person_id,
        links.is_doubted
    from consent_events
    left join links on consent_events.evidence = links.mention_id

),

-- Withdrawals with only addresses: for each person who has one, unless the same row already identifies the person.
of_addresses as (

    select address_withdrawals.*
    from address_withdrawals
    anti join possible_withdrawals
        on
            address_withdrawals.evidence = possible_withdrawals.evidence
            and address_withdrawals.person_id = possible_withdrawals.person_id
    anti join identified
        on
            address_withdrawals.evidence = identified.evidence
            and address_withdrawals.person_id = identified.person_id

),

decisions as (

    select
        consent_event_id,
        person_id,
        purpose,
        service,
        state,
        channel,
        text_version,
        evidence,
        source,
        reference,
        is_named,
        is_by_guardian,
        is_doubted,
        decided_at,
        told_on
    from identified
    union all by name
    select
        consent_event_id,
        person_id,
        purpose,
        service,
        state,
        channel,
        text_version,
        evidence,
        source,
        decided_at,
        told_on
    from possible_withdrawals
    union all by name
    select
        consent_event_id,
        person_id,
        purpose,
        service,
        state,
        channel,
        text_version,
        evidence,
        source,
        true as is_of_address,
        decided_at,
        told_on
    from of_addresses
    union all by name
    -- An unsubscription from one list stops the messages of all lists.
    select
        md5(concat_ws(
            '|', 'unsubscribed', evidence, coalesce(person_id, ''), nullif(purpose, 'communications')
        )) as consent_event_id,
        person_id,
        purpose,
        'withdrawn' as state,
        channel,
        evidence,
        'campanyes' as source,
        message_id as reference,
        is_of_address,
        occurred_at as decided_at,
        told_on
    from unsubscriptions

),

-- A withdrawal of everyone who may be a person without a name: one message too few is better than one too many.
of_nameless as (

    select
        decisions.* replace (
            md5(concat_ws('|', 'nameless', decisions.consent_event_id, nameless.person_id)) as consent_event_id,
            nameless.person_id as person_id,
            true as is_of_address
        )
    from decisions
    inner join nameless on decisions.person_id = nameless.other_person_id
    where decisions.state != 'given' and list_contains({{ consents_to_messages() }}, decisions.purpose)

),

all_decisions as (

    select * from decisions
    union all by name
    select * from of_nameless

),

final as (

    select
        decisions.* replace (
            coalesce(decisions.is_named, false) as is_named,
            coalesce(decisions.is_by_guardian, false) as is_by_guardian,
            coalesce(decisions.is_doubted, false) as is_doubted,
            coalesce(decisions.is_of_address, false) as is_of_address
        ),
        case
            when decisions.state = 'given' then {{ yes_counts_from('decisions.decided_at', 'decisions.told_on') }}
            else {{ no_counts_from('decisions.decided_at', 'decisions.told_on', 'extracts.extract_before') }}
        end as counts_from
    from all_decisions as decisions
    left join extracts on decisions.source = extracts.source and decisions.told_on = extracts.extract_date

)

select * from final

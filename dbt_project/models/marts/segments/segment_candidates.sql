{%- set protected = 'nullif(decided.is_protected, false)' -%}
-- The funnel of all segments: the first step that a candidate fails gives the reason; the others are members.
with

recipients as (

    select * from {{ ref('int_segment_recipients') }}

),

history as (

    select * from {{ ref('int_segment_history') }}

),

steps as (

    select * from {{ ref('segment_reasons') }}

),

judged as (

    select
        recipients.*,
        history.told_on,
        history.messages_had,
        case
            when coalesce(recipients.is_deceased, recipients.is_about_deceased, false) then 'deceased'
            when recipients.is_protected then 'protected'
            when recipients.has_notice is false then 'no_notice'
            when list_contains(recipients.resident_bases, recipients.basis) and recipients.is_resident is false
                then 'not_resident'
            when recipients.organisation_id is null and recipients.person_id is null then 'no_guardian'
            when
                recipients.organisation_id is null
                and recipients.born_at_latest is null
                and (recipients.basis != 'request' or recipients.age_to is not null)
                then 'age_unknown'
            when
                recipients.born_at_latest > recipients.run_date - to_years(recipients.age_from)
                -- A child without known guardian, whose family is written to.
                and coalesce(recipients.addressee, 'person') != 'family'
                then 'under_age'
            when recipients.born_at_earliest <= recipients.run_date - to_years(recipients.age_to + 1) then 'too_old'
            when
                recipients.is_doubted
                or recipients.confidence < recipients.least_confidence
                -- As the gate has it: who asked for the message gets it, however sure the person is otherwise.
                or (recipients.basis != 'request' and recipients.confidence < {{ var('message_confidence') }})
                then 'uncertain_identity'
            when recipients.basis = 'consent' and recipients.consent_state is null then 'no_consent'
            when
                recipients.basis = 'consent'
                and recipients.consent_state != 'given'
                and not recipients.is_refused_by_address
                then recipients.consent_state
            when recipients.basis = 'request' and recipients.is_request_active is not true
                then if(recipients.unsubscribed_on is null, 'request_ended', 'unsubscribed')
            when
                recipients.consent_state != 'given'
                and (recipients.basis in ('consent', 'public_task') or recipients.consent_since > recipients.asked_at)
                then if(recipients.is_refused_by_address, 'address_unsubscribed', 'objected')
            when recipients.channel is null and recipients.request_address is null and recipients.has_unsubscribed
                then 'address_unsubscribed'
            when
                recipients.channel is null
                and if(recipients.request_address is null, recipients.has_bounced, recipients.is_request_bounced)
                then 'bounced'
            when recipients.channel is null then 'no_address'
            when
                history.told_on is not null
                and coalesce(history.told_on > recipients.run_date - recipients.repeat_after_days, true)
                then 'told_before'
            when history.messages_had >= recipients.cap_messages then 'over_cap'
        end as reason_until_cap
    from recipients
    inner join history on recipients.candidate_id = history.candidate_id

),

-- The remaining candidates, with only the columns of the next steps: windows over wide rows would be slow.
standing as (

    select
        candidate_id,
        segment,
        topic,
        if(is_repeat_across_topics, null, topic) as topic_key,
        message_key,
        unit,
        'H' || household_id as home,
        shared_address,
        person_id,
        coalesce(organisation_id, person_id) as recipient_id,
        basis,
        preference,
        list_position(channels, channel) as channel_place,
        stratum,
        sample_share,
        run_date,
        priority,
        cap_messages,
        messages_had
    from judged
    where reason_until_cap is null

),

-- One message per recipient, even if its candidates have different units (person, household). Among several, first by
-- preference, then requests, then the channel preferred by the segment.
chosen as (

    select
        *,
        row_number() over (
            partition by segment, topic_key, message_key, recipient_id
            order by preference nulls last, basis != 'request', channel_place, candidate_id
        ) as place_of_recipient
    from standing

),

-- One message per household, in the same order: not a second one, nor one if somebody there gets it as a person.
housed as (

    select
        *,
        place_of_recipient = 1
        and coalesce(unit = home, false)
        and row_number() over (
            partition by segment, topic_key, message_key, home, place_of_recipient = 1
            order by
                unit = home, preference nulls last, basis != 'request', channel_place, person_id, candidate_id
        ) > 1 as is_household_told
    from chosen

),

-- One message per address, in the same order.
addressed as (

    select
        *,
        place_of_recipient = 1
        and not is_household_told
        and shared_address is not null
        and row_number() over (
            partition by
                segment, topic_key, message_key, shared_address, place_of_recipient = 1 and not is_household_told
            order by preference nulls last, basis != 'request', channel_place, person_id, candidate_id
        ) > 1 as is_address_told
    from housed

),

singled as (

    select
        *,
        case
            when bool_or(is_household_told) over (partition by segment, topic_key, message_key, recipient_id)
                then 'household_told'
            when bool_or(is_address_told) over (partition by segment, topic_key, message_key, recipient_id)
                then 'address_told'
            when place_of_recipient > 1 then 'told_otherwise'
        end as reason_until_one
    from addressed

),

-- The sample depends only on the date and the candidates, so that it can be drawn again.
sampled as (

    select
        *,
        case
            when reason_until_one is not null then reason_until_one
            when
                sample_share is not null
                and row_number() over (
                    partition by segment, stratum, reason_until_one is null
                    order by md5(run_date || '|' || candidate_id), candidate_id
                ) > ceil(sample_share * count(*) over (partition by segment, stratum, reason_until_one is null))
                then 'not_sampled'
        end as reason_until_sample
    from singled

),

queued as (

    select
        *,
        messages_had + row_number() over (
            partition by recipient_id, reason_until_sample is null and cap_messages is not null
            order by priority, segment, topic, candidate_id
        ) as messages_with_tonight
    from sampled

),

decided as (

    select
        judged.*,
        case
            when judged.reason_until_cap is not null then judged.reason_until_cap
            when queued.reason_until_sample is not null then queued.reason_until_sample
            when queued.messages_with_tonight > queued.cap_messages then 'other_message_first'
        end as reason_out
    from judged
    left join queued on judged.candidate_id = queued.candidate_id

),

final as (

    select
        decided.candidate_id,
        decided.segment,
        decided.topic,
        decided.run_date,
        decided.person_id,
        decided.organisation_id,
        decided.about_person_id,
        decided.basis,
        decided.reason,
        decided.request_id,
        {{ unless_protected('decided.reference', by=protected) }},
        coalesce(decided.content, 'GENERAL') as content,
        decided.content_source,
        decided.addressee,
        decided.language,
        {{ unless_protected('decided.district_code', by=protected) }},
        {{ unless_protected('decided.barri_code', by=protected) }},
        steps.step_number,
        steps.step,
        decided.reason_out,
        if(decided.reason_out is null, decided.channel, null) as channel,
        if(decided.reason_out is null, decided.recipient_name, null) as recipient_name,
        if(decided.reason_out is null, decided.address, null) as address,
        if(decided.reason_out is null, decided.address_lines, null) as address_lines
    from decided
    inner join steps on coalesce(decided.reason_out, 'final') = coalesce(nullif(steps.reason, ''), steps.step)
    where {{ is_shown(by=protected) }}

)

select * from final

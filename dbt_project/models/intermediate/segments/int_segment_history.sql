-- Earlier messages to a candidate: the last day of the same message to its unit, and the number of all messages.
with

recipients as (

    select * from {{ ref('int_segment_recipients') }}

),

rules as (

    select * from {{ ref('segments') }}

),

messages as (

    select * from {{ ref('int_messages_sent') }}

),

unit_messages as (

    select
        segment,
        topic,
        coalesce(person_id, organisation_id) as unit,
        reference,
        sent_on
    from messages
    where coalesce(person_id, organisation_id) is not null
    union all
    select
        segment,
        topic,
        'H' || household_id as unit,
        reference,
        sent_on
    from messages
    where household_id is not null
    union all
    select
        segment,
        topic,
        'A' || address as unit,
        reference,
        sent_on
    from messages
    where address is not null

),

-- What is written about one form or attention is of its recipient alone, whoever else has the address.
units as (

    select
        candidate_id,
        unit,
        unnest(list_append(repeat_segments, segment)) as segment
    from recipients
    union all
    select
        candidate_id,
        'A' || shared_address as unit,
        unnest(list_append(repeat_segments, segment)) as segment
    from recipients
    where shared_address is not null

),

last_sent as (

    select
        recipients.candidate_id,
        max(unit_messages.sent_on) as told_on
    from recipients
    inner join units on recipients.candidate_id = units.candidate_id
    inner join unit_messages
        on
            units.segment = unit_messages.segment
            and units.unit = unit_messages.unit
            and (recipients.is_repeat_across_topics or recipients.topic = unit_messages.topic)
            -- A message of which the key is not known may be any of them.
            and coalesce(recipients.message_key = unit_messages.reference, true)
    group by recipients.candidate_id

),

-- Only messages of the tool's own lists and of segments with a cap are counted, not those that people asked for.
counted_messages as (

    select messages.*
    from messages
    left join rules on messages.segment = rules.segment
    where rules.segment is null or rules.cap_messages is not null

),

had as (

    select
        recipients.candidate_id,
        count(*) as messages_had
    from recipients
    inner join counted_messages
        on
            coalesce(recipients.organisation_id, recipients.person_id)
            = coalesce(counted_messages.organisation_id, counted_messages.person_id)
            and counted_messages.sent_on > recipients.run_date - recipients.cap_days
    group by recipients.candidate_id

),

final as (

    select
        recipients.candidate_id,
        last_sent.told_on,
        coalesce(had.messages_had, 0) as messages_had
    from recipients
    left join last_sent on recipients.candidate_id = last_sent.candidate_id
    left join had on recipients.candidate_id = had.candidate_id

)

select * from final

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
        person_id as unit,
        sent_on
    from messages
    union all
    select
        segment,
        topic,
        'H' || household_id as unit,
        sent_on
    from messages
    where household_id is not null

),

last_sent as (

    select
        recipients.candidate_id,
        max(unit_messages.sent_on) as told_on
    from recipients
    inner join unit_messages
        on
            recipients.segment = unit_messages.segment
            and recipients.unit = unit_messages.unit
            and (recipients.is_repeat_across_topics or recipients.topic = unit_messages.topic)
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
            recipients.person_id = counted_messages.person_id
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

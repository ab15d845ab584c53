-- What a candidate was told before: the same, to anybody whom one message is for; and how much in all.
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

units_told as (

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

told as (

    select
        recipients.candidate_id,
        max(units_told.sent_on) as told_on
    from recipients
    inner join units_told
        on
            recipients.segment = units_told.segment
            and recipients.unit = units_told.unit
            and (recipients.is_repeat_across_topics or recipients.topic = units_told.topic)
    group by recipients.candidate_id

),

-- What the tool sends of lists of its own counts, and what asked to be counted; not what people asked for themselves.
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
        told.told_on,
        coalesce(had.messages_had, 0) as messages_had
    from recipients
    left join told on recipients.candidate_id = told.candidate_id
    left join had on recipients.candidate_id = had.candidate_id

)

select * from final

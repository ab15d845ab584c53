-- A message goes once to the person and their household; an answered questionnaire is a sent message, too.
with

campaign_events as (

    select * from {{ ref('campaign_events') }}

),

survey_answers as (

    select * from {{ ref('survey_answers') }}

),

persons as (

    select * from {{ ref('persons') }}

),

messages as (

    select
        person_id,
        segment,
        topic,
        message_id,
        min(cast(occurred_at as date)) as sent_on
    from campaign_events
    where event = 'sent' and person_id is not null
    group by person_id, segment, topic, message_id

),

answers as (

    select
        person_id,
        'enquesta_satisfaccio' as segment,
        service as topic,
        survey_answer_id as message_id,
        answered_on as sent_on
    from survey_answers
    where person_id is not null

),

sent as (

    select * from messages
    union all by name
    select * from answers

),

final as (

    select
        sent.*,
        persons.household_id
    from sent
    inner join persons on sent.person_id = persons.person_id

)

select * from final

-- A message goes once to the person or entity, the household and the address, also if it is not known who has the
-- address. An answered questionnaire is a sent message, too.
with

campaign_events as (

    select * from {{ ref('campaign_events') }}

),

survey_answers as (

    select * from {{ ref('survey_answers') }}

),

sent_messages as (

    select * from {{ ref('stg_linkage__sent_messages') }}

),

persons as (

    select * from {{ ref('persons') }}

),

messages as (

    select
        person_id,
        organisation_id,
        {{ comparable_email('address') }} as address,
        segment,
        topic,
        message_id,
        min(cast(occurred_at as date)) as sent_on
    from campaign_events
    where event = 'sent' and coalesce(person_id, organisation_id, address) is not null
    group by all

),

references_sent as (

    select
        message_id,
        max(reference) as reference
    from sent_messages
    group by message_id

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
        references_sent.reference,
        persons.household_id
    from sent
    left join references_sent on sent.message_id = references_sent.message_id
    left join persons on sent.person_id = persons.person_id

)

select * from final

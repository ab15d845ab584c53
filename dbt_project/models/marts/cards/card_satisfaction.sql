with

survey_answers as (

    select * from {{ in_hub('survey_answers') }}

),

final as (

    select
        person_id,
        survey_answer_id,
        answered_on,
        service,
        channel,
        satisfaction,
        clarity,
        waiting,
        recommends,
        'enquestes' as source
    from survey_answers

)

select * from final

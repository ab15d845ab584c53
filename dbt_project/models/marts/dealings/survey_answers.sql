with

respostes as (

    select * from {{ ref('stg_enquestes__respostes') }}

),

interactions as (

    select * from {{ ref('int_interactions') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

protected as (

    select * from {{ ref('int_protected_mentions') }}

),

codes as (

    select * from {{ ref('interaction_codes') }}

),

final as (

    select
        respostes.record_id as survey_answer_id,
        links.person_id,
        respostes.source_key,
        interactions.interaction_id,
        respostes.answered_on,
        services.value as service,
        channels.value as channel,
        respostes.satisfaction,
        respostes.clarity,
        respostes.waiting,
        respostes.recommends,
        {{ unless_protected('respostes.comment', by='protected.mention_id') }},
        respostes.language
    from respostes
    left join interactions on respostes.attention_record_id = interactions.interaction_id
    left join links on interactions.mention_id = links.mention_id
    left join protected on interactions.mention_id = protected.mention_id
    left join codes as services
        on services.source = 'atencions' and services.kind = 'service' and respostes.service_code = services.code
    left join codes as channels
        on channels.source = 'enquestes' and channels.kind = 'channel' and respostes.channel_code = channels.code

)

select * from final

with

interactions as (

    select * from {{ ref('int_interactions') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

protected as (

    select * from {{ ref('int_protected_holders') }}

),

organisation_links as (

    select * from {{ ref('stg_linkage__organisation_links') }}

),

final as (

    select
        interactions.interaction_id,
        links.person_id,
        organisation_links.organisation_id,
        interactions.source,
        interactions.source_key,
        interactions.channel,
        interactions.service,
        interactions.subject,
        {{ unless_protected('interactions.procedure', by='protected.mention_id') }},
        interactions.occurred_at,
        interactions.status,
        {{ unless_protected('interactions.office', by='protected.mention_id') }},
        interactions.wait_seconds,
        interactions.duration_seconds,
        interactions.language,
        interactions.closed_on,
        interactions.answer_days,
        links.person_id is not null as is_identified
    from interactions
    left join links on interactions.mention_id = links.mention_id
    left join protected on interactions.mention_id = protected.mention_id
    left join organisation_links on interactions.mention_id = organisation_links.mention_id

)

select * from final

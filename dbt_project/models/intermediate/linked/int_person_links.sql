with

mentions as (

    select * from {{ ref('int_mention_values') }}

),

links as (

    select * from {{ ref('stg_linkage__mention_links') }}

),

final as (

    select
        mentions.mention_id,
        links.person_id,
        links.confidence,
        links.cluster_confidence,
        links.method,
        -- Its link is weaker than the rest of its person.
        coalesce(links.confidence < links.cluster_confidence, false) as is_doubted,
        coalesce(links.is_in_review, true) as is_in_review
    from mentions
    left join links on mentions.mention_id = links.mention_id

)

select * from final

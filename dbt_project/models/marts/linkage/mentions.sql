with

mentions as (

    select * from {{ ref('int_mention_values') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

organisation_mentions as (

    select * from {{ ref('int_organisation_mentions') }}

),

organisation_links as (

    select * from {{ ref('stg_linkage__organisation_links') }}

),

final as (

    select
        mentions.mention_id,
        mentions.source,
        mentions.source_key,
        links.person_id,
        cast(null as varchar) as organisation_id,
        round(links.confidence, 6) as confidence,
        links.method,
        links.is_in_review,
        mentions.observed_at
    from mentions
    inner join links on mentions.mention_id = links.mention_id
    union all
    select
        organisation_mentions.mention_id,
        organisation_mentions.source,
        organisation_mentions.source_key,
        cast(null as varchar) as person_id,
        organisation_links.organisation_id,
        round(organisation_links.confidence, 6) as confidence,
        organisation_links.method,
        coalesce(organisation_links.is_in_review, true) as is_in_review,
        organisation_mentions.observed_at
    from organisation_mentions
    left join organisation_links on organisation_mentions.mention_id = organisation_links.mention_id

)

select * from final

with

mentions as (

    select * from {{ ref('int_mention_values') }}

),

links as (

    select * from {{ ref('int_person_links') }}

)

select
    mentions.mention_id,
    mentions.source,
    mentions.source_key,
    links.person_id,
    round(links.confidence, 6) as confidence,
    links.method,
    links.is_in_review,
    mentions.observed_at
from mentions
inner join links on mentions.mention_id = links.mention_id

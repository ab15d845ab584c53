with

candidates as (

    select * from {{ ref('int_attribute_candidates') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

rules as (

    select * from {{ ref('survivorship_rules') }}

),

ranked_mentions as (

    select
        links.person_id,
        candidates.attribute,
        candidates.value,
        candidates.mention_id,
        candidates.source,
        candidates.observed_at,
        concat(rules.standing, ', priority ', rules.priority, ', ', rules.recency) as rule,
        row_number() over (
            partition by links.person_id, candidates.attribute
            order by
                candidates.weakness,
                rules.priority,
                epoch_us(candidates.observed_at) * if(rules.recency = 'latest', -1, 1) nulls last,
                candidates.value,
                candidates.mention_id
        ) as mention_rank
    from candidates
    inner join links on candidates.mention_id = links.mention_id
    inner join rules
        on candidates.attribute = rules.attribute and candidates.standing = rules.standing
    where links.person_id is not null

),

best_of_value as (

    select
        *,
        count(*) over (partition by person_id, attribute, value) as mention_count
    from ranked_mentions
    qualify row_number() over (partition by person_id, attribute, value order by mention_rank) = 1

)

select
    person_id,
    attribute,
    value,
    source,
    mention_id,
    observed_at,
    mention_count,
    row_number() over (partition by person_id, attribute order by mention_rank) as rank,
    rule
from best_of_value

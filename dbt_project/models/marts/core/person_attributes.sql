select
    person_id,
    attribute,
    value,
    source,
    mention_id,
    observed_at,
    mention_count,
    rank,
    rule
from {{ ref('int_ranked_attributes') }}

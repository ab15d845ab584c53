select
    mention_id,
    person_id,
    cast(confidence as double) as confidence,
    cast(cluster_confidence as double) as cluster_confidence,
    method,
    is_in_review
from {{ source('linkage', 'mention_links') }}

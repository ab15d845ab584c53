select
    mention_id,
    organisation_id,
    confidence,
    cast(cluster_confidence as double) as cluster_confidence,
    method,
    is_in_review
from {{ source('linkage', 'organisation_links') }}

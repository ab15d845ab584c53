select
    mention_id,
    organisation_id,
    confidence,
    method,
    is_in_review
from {{ source('linkage', 'organisation_links') }}

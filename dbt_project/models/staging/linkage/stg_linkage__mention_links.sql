select
    mention_id,
    person_id,
    confidence,
    method,
    is_in_review
from {{ source('linkage', 'mention_links') }}

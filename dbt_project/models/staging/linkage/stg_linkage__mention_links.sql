select
    mention_id,
    person_id,
    cast(confidence as double) as confidence,
    method,
    is_in_review
from {{ source('linkage', 'mention_links') }}

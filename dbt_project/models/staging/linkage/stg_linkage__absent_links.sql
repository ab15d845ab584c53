select
    mention_id,
    person_id
from {{ source('linkage', 'absent_links') }}

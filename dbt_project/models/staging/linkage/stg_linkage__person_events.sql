select
    event,
    ids_before,
    ids_after,
    cause,
    business_date
from {{ source('linkage', 'person_events') }}

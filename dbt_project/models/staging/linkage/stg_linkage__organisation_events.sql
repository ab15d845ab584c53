select
    event,
    ids_before,
    ids_after,
    cause,
    business_date
from {{ source('linkage', 'organisation_events') }}

select
    event,
    ids_before,
    ids_after,
    cause,
    business_date
from {{ ref('stg_linkage__person_events') }}

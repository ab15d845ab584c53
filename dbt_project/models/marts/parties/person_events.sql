select
    event,
    ids_before,
    ids_after,
    cause,
    business_date
from {{ ref('int_id_events') }}
where entity = 'person'

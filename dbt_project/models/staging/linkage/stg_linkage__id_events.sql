select
    'person' as entity,
    *
from {{ source('linkage', 'person_events') }}
union all by name
select
    'organisation' as entity,
    *
from {{ source('linkage', 'organisation_events') }}

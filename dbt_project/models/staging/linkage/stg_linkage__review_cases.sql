select
    'person' as entity,
    *
from {{ source('linkage', 'review_cases') }}
union all by name
select
    'organisation' as entity,
    *
from {{ source('linkage', 'organisation_review_cases') }}

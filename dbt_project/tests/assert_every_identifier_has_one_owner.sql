select
    person_id,
    organisation_id,
    type
from {{ ref('identifiers') }}
where (person_id is null) = (organisation_id is null)

-- An identifier belongs to a person or to an organisation, and not to both.
select
    person_id,
    organisation_id,
    type
from {{ ref('identifiers') }}
where (person_id is null) = (organisation_id is null)

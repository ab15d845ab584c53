select distinct person_id
from {{ ref('int_protected_mentions') }}
where person_id is not null

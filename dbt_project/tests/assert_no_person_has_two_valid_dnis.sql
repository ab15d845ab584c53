select person_id
from {{ ref('identifiers') }}
where type = 'DNI' and is_valid
group by person_id
having count(distinct number) > 1

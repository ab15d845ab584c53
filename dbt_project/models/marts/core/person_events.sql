select
    event,
    list_sort(ids_before) as ids_before,
    list_sort(ids_after) as ids_after,
    cause,
    business_date
from {{ ref('int_person_changes') }}

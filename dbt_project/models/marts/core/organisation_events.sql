select
    event,
    list_sort(ids_before) as ids_before,
    list_sort(ids_after) as ids_after,
    cause,
    business_date
from {{ ref('stg_linkage__organisation_events') }}

select
    business_date,
    entity,
    measure,
    cut,
    value,
    base
from {{ ref('stg_linkage__metrics') }}

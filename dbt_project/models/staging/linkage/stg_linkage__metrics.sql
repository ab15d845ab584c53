select
    business_date,
    entity,
    measure,
    cut,
    value,
    base
from {{ source('linkage', 'linkage_metrics') }}

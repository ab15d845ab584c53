with

runs as (

    select * from {{ ref('stg_run__run') }}

)

select max(business_date) as business_date
from runs

with

source as (

    select * from {{ source('raw', 'agreements') }}

)

select source
from source
group by source
having {{ is_link_only() }}

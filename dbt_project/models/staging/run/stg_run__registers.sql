with

source as (

    select * from {{ source('raw', 'agreements') }}

)

select distinct source
from source
where lists_each_person_once

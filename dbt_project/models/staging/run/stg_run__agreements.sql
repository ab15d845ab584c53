with

source as (

    select * from {{ source('raw', 'agreements') }}

)

select
    source,
    purpose,
    controller,
    basis,
    valid_from,
    valid_to,
    is_in_force
from source

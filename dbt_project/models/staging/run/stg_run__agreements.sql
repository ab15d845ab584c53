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
    is_in_force,
    is_public_task
from source

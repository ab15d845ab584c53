with

source as (

    select * from {{ source('raw', 'draws') }}

)

select
    season,
    application_number,
    drawn_on,
    draw_order,
    place_in_turn,
    result
from source

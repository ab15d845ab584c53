-- The register of the business date: the last full one, and of each inscription the last variation since.
with

habitants as (

    select * from {{ ref('stg_padro__habitants') }}

),

variacions as (

    select * from {{ ref('stg_padro_variacions__variacions') }}

),

told as (

    select
        *,
        0 as line_number
    from habitants
    union all by name
    select * from variacions
    where extract_date > (select coalesce(max(extract_date), date '1900-01-01') from habitants)

)

select * exclude (line_number)
from told
qualify row_number() over (partition by record_id order by extract_date desc, line_number desc) = 1

-- The register of the business date: the last full one, with the last later variation of each inscription.
-- Only the variations are sorted: the full register has one row per inscription.
with

habitants as (

    select * from {{ ref('stg_padro__habitants') }}

),

padro_variacions_variacions as (

    select * from {{ ref('stg_padro_variacions__variacions') }}

),

variacions as (

    select * from padro_variacions_variacions
    where extract_date > (select coalesce(max(extract_date), date '1900-01-01') from habitants)

),

last_variacions as (

    select * exclude (line_number)
    from variacions
    qualify row_number() over (partition by record_id order by extract_date desc, line_number desc) = 1

),

final as (

    select habitants.*
    from habitants
    anti join last_variacions on habitants.record_id = last_variacions.record_id
    union all by name
    select * from last_variacions

)

select * from final

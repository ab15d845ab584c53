-- The register of the business date: the last full one, with the last later variation of each inscription, and who died.
-- A full register does not list the dead, or was made before their death was written: who died stays dead until a later
-- inscription shows that they live.
-- Only the variations are sorted: the full register has one row per inscription.
with

habitants as (

    select * from {{ ref('stg_padro__habitants') }}

),

variacions as (

    select * from {{ ref('stg_padro_variacions__variacions') }}

),

last_variacions as (

    select * exclude (line_number)
    from variacions
    where extract_date > (select coalesce(max(extract_date), date '1900-01-01') from habitants)
    qualify row_number() over (partition by record_id order by extract_date desc, line_number desc) = 1

),

-- The last word on life and death, which a removal from the register is not.
last_words as (

    select * exclude (line_number)
    from variacions
    where is_deceased or is_live
    qualify
        row_number() over (
            partition by record_id
            order by coalesce(variation_date, extract_date) desc, extract_date desc, line_number desc
        ) = 1

),

deaths as (

    select last_words.*
    from last_words
    left join habitants on last_words.record_id = habitants.record_id
    where
        last_words.is_deceased
        and not coalesce(
            habitants.is_live
            and habitants.variation_date > coalesce(last_words.variation_date, last_words.extract_date),
            false
        )

),

changed as (

    select last_variacions.*
    from last_variacions
    anti join deaths on last_variacions.record_id = deaths.record_id
    union all
    select * from deaths

),

final as (

    select habitants.*
    from habitants
    anti join changed on habitants.record_id = changed.record_id
    union all by name
    select * from changed

)

select * from final

-- The register of the business date: the last full one, the last later variation of each inscription, and the dead.
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

quarantined_deaths as (

    select * from {{ ref('stg_padro__quarantined_deaths') }}

),

last_variacions as (

    select * exclude (line_number)
    from variacions
    where extract_date > (select coalesce(max(extract_date), date '1900-01-01') from habitants)
    qualify row_number() over (partition by record_id order by extract_date desc, line_number desc) = 1

),

-- The values of a quarantined row may be wrong: those of the inscription are used, if there is one.
register_of_deaths as (

    select habitants.*
    from habitants
    semi join quarantined_deaths on habitants.record_id = quarantined_deaths.record_id
    anti join last_variacions on habitants.record_id = last_variacions.record_id
    union all by name
    select last_variacions.*
    from last_variacions
    semi join quarantined_deaths on last_variacions.record_id = quarantined_deaths.record_id

),

all_variacions as (

    select * from variacions
    union all by name
    select
        register_of_deaths.* replace (
            quarantined_deaths.extract_date as extract_date,
            quarantined_deaths.variation_date as variation_date,
            false as is_live,
            true as is_deceased
        ),
        quarantined_deaths.line_number
    from quarantined_deaths
    inner join register_of_deaths on quarantined_deaths.record_id = register_of_deaths.record_id
    union all by name
    select quarantined_deaths.*
    from quarantined_deaths
    anti join register_of_deaths on quarantined_deaths.record_id = register_of_deaths.record_id

),

-- The last word on life and death, which a removal from the register is not.
last_words as (

    select * exclude (line_number)
    from all_variacions
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

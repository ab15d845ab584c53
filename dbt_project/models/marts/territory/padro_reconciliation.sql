-- Differences between the last full register and the one before with all variations in between, and later variations
-- of inscriptions that were never entered.
with

latest as (

    select * from {{ ref('stg_padro__habitants') }}

),

previous as (

    select * from {{ ref('stg_padro__habitants_previous') }}

),

padro_variacions_variacions as not materialized (

    select * from {{ ref('stg_padro_variacions__variacions') }}

),

dates as (

    select
        (select max(extract_date) from latest) as latest_date,
        (select max(extract_date) from previous) as previous_date

),

variacions as (

    select variacions.*
    from padro_variacions_variacions as variacions
    inner join dates
        on variacions.extract_date > dates.previous_date and variacions.extract_date <= dates.latest_date

),

states as (

    select
        *,
        0 as line_number
    from previous
    union all by name
    select * from variacions

),

replayed as (

    select *
    from states
    -- Without variations there is nothing to replay.
    where exists (select 1 from variacions)
    qualify row_number() over (partition by record_id order by extract_date desc, line_number desc) = 1

),

compared as (

    select
        coalesce(latest.source_key, replayed.source_key) as padro_person_id,
        coalesce(latest.is_live, false) as is_live_in_register,
        coalesce(replayed.is_live, false) as is_live_in_replay,
        {{ differing('latest', 'replayed', var('reconciled_fields')) }} as fields
    from latest
    full outer join replayed on latest.record_id = replayed.record_id
    where exists (select 1 from variacions)

),

-- The first variation of an inscription that the register does not have must be an entry.
unknown as (

    select source_key
    from padro_variacions_variacions
    where
        extract_date > (select max(extract_date) from latest)
        and source_key not in (select source_key from latest)
    group by source_key
    having arg_min(variation_type, (extract_date, line_number)) != 'A'

),

final as (

    select
        compared.padro_person_id,
        dates.previous_date as previous_register_date,
        dates.latest_date as register_date,
        case
            when compared.is_live_in_register and compared.is_live_in_replay then 'told_otherwise'
            when compared.is_live_in_register then 'only_in_register'
            else 'only_in_replay'
        end as difference,
        if(compared.is_live_in_register and compared.is_live_in_replay, compared.fields, []) as fields
    from compared
    cross join dates
    where
        compared.is_live_in_register != compared.is_live_in_replay
        or (compared.is_live_in_register and len(compared.fields) > 0)
    union all
    select
        unknown.source_key as padro_person_id,
        cast(null as date) as previous_register_date,
        dates.latest_date as register_date,
        'unknown_inscription' as difference,
        [] as fields
    from unknown
    cross join dates
    where unknown.source_key not in (select padro_person_id from compared)

)

select * from final

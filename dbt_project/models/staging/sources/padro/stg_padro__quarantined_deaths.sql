-- A death in a quarantined row applies, whatever the error.
with

habitants as (

    select * from {{ source('raw', 'padro__habitants_quarantined') }}

),

variacions as (

    select * from {{ source('raw', 'padro_variacions__variacions_quarantined') }}

),

rows_of_both as (

    select * from habitants
    union all by name
    select * from variacions

),

typed as (

    select
        md5('padro|' || nia) as record_id,
        nia as source_key,
        _extract_date as extract_date,
        _line_number as line_number,
        {{ padro_inscription() }}
    from rows_of_both
    where regexp_full_match(nia, '[0-9]{15}')

)

select * from typed

with

source as (

    select * from {{ source('raw', 'padro_variacions__variacions') }}

),

typed as (

    select
        md5('padro|' || nia) as record_id,
        nia as source_key,
        _extract_date as extract_date,
        _line_number as line_number,
        {{ padro_inscription() }}
    from source

)

select * from typed

with

source as (

    select * from {{ source('raw', 'padro__habitants_previous') }}

),

typed as (

    select
        md5('padro|' || _source_key) as record_id,
        _source_key as source_key,
        _extract_date as extract_date,
        {{ padro_inscription() }}
    from source

)

select * from typed

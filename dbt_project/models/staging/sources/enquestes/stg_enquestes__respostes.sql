with

source as (

    select * from {{ source('raw', 'enquestes__respostes') }}

),

typed as (

    select
        md5('enquestes|' || _source_key) as record_id,
        _source_key as source_key,
        _extract_date as extract_date,
        try_cast(data as date) as answered_on,
        servei as service_code,
        canal as channel_code,
        md5('atencions|' || id_atencio) as attention_record_id,
        try_cast(p1 as integer) as satisfaction,
        try_cast(p2 as integer) as clarity,
        try_cast(p3 as integer) as waiting,
        try_cast(nps as integer) as recommends,
        comentari as comment,
        idioma as language
    from source

)

select * from typed

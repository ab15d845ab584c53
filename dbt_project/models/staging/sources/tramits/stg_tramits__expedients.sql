with

source as (

    select * from {{ source('raw', 'tramits__expedients') }}

),

typed as (

    select
        md5('tramits|' || _source_key) as record_id,
        _source_key as source_key,
        _extract_date as extract_date,
        stpid as procedure_code,
        nom_tramit as procedure_name,
        perfil = 'CIUTADA' as is_citizen,
        nif as document_raw,
        nom as given_name,
        cognom_1 as surname_1,
        cognom_2 as surname_2,
        rao_social as legal_name,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('mobil') }} as phone,
        nivell_autenticacio as authentication_level,
        canal as channel_code,
        try_cast(data_inici as timestamp) as begun_at,
        try_cast(data_fi as timestamp) as ended_at,
        estat as status_code
    from source

)

select * from typed

with

source as (

    select * from {{ source('raw', 'tramits_hisenda__expedients') }}

),

named as (

    {{ split_whole_name('source', 'nom_interessat') }}

),

typed as (

    select
        md5('tramits_hisenda|' || _source_key) as record_id,
        _source_key as source_key,
        _extract_date as extract_date,
        tipus as procedure_kind,
        objecte as tax_object_reference,
        nif_interessat as document_raw,
        coalesce({{ is_organisation('nif_interessat', 'nom_interessat') }}, false) as is_organisation,
        nom_interessat as whole_name,
        given_name,
        surname_1,
        surname_2,
        try_cast(replace(import, ',', '.') as decimal(14, 2)) as amount_eur,
        canal as channel_code,
        try_cast(data as date) as begun_on,
        try_cast(data_resolucio as date) as ended_on,
        estat as status_code
    from named

)

select * from typed

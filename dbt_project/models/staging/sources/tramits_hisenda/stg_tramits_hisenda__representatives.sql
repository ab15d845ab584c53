with

source as (

    select *
    from {{ source('raw', 'tramits_hisenda__expedients') }}
    where coalesce(nif_representant, nom_representant) is not null

),

named as (

    {{ split_whole_name('source', 'nom_representant') }}

),

typed as (

    select
        md5('tramits_hisenda|' || _source_key || '#representant') as record_id,
        _source_key || '#representant' as source_key,
        _extract_date as extract_date,
        md5('tramits_hisenda|' || _source_key) as represented_record_id,
        nif_representant as document_raw,
        coalesce({{ is_organisation('nif_representant', 'nom_representant') }}, false) as is_organisation,
        nom_representant as whole_name,
        given_name,
        surname_1,
        surname_2,
        try_cast(data as date) as begun_on,
        try_cast(data_resolucio as date) as ended_on
    from named

)

select * from typed

with

source as (

    select *
    from {{ source('raw', 'contribuents__contribuents') }}
    where coalesce(representant_nif, representant_nom) is not null

),

named as (

    {{ split_whole_name('source', 'representant_nom') }}

),

typed as (

    select
        md5('contribuents|' || _source_key || '#representant') as record_id,
        _source_key || '#representant' as source_key,
        _extract_date as extract_date,
        md5('contribuents|' || _source_key) as taxpayer_record_id,
        if(tipus_persona = 'J', 'administers', 'representative_of') as role,
        representant_nif as document_raw,
        coalesce({{ is_organisation('representant_nif', 'representant_nom') }}, false) as is_organisation,
        representant_nom as whole_name,
        given_name,
        surname_1,
        surname_2,
        {{ padro_date('data_alta') }} as entered_on,
        {{ padro_date('data_baixa') }} as left_on
    from named

)

select * from typed

with

source as (

    select
        *,
        {{ words_with_documents('document') }} as _words_with_documents
    from {{ source('raw', 'proteccions__proteccions') }}

),

typed as (

    select
        md5('proteccions|' || _source_key) as record_id,
        _source_key as source_key,
        _extract_date as extract_date,
        nia as padro_person_id,
        {{ documents_meant('_words_with_documents') }} as documents,
        -- An inscription may stand in the place of the document.
        if(
            length(regexp_replace(document, '[^0-9]', '', 'g')) between 12 and 15,
            {{ padro_person_id('document') }},
            null
        ) as other_padro_person_id,
        try_cast(data_inici as date) as begins_on,
        try_cast(data_fi as date) as ends_on
    from source

)

select * from typed

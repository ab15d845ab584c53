-- A protection in a quarantined row applies, whatever the error; only an accepted row can end it.
with

source as (

    select * from {{ source('raw', 'proteccions__proteccions_quarantined') }}

),

-- Inscription and document may be exchanged.
readings as (

    select
        _extract_date,
        _line_number,
        nia,
        document
    from source
    union all
    select
        _extract_date,
        _line_number,
        document as nia,
        nia as document
    from source

),

worded as (

    select
        *,
        {{ words_with_documents('document') }} as _words_with_documents
    from readings

),

typed as (

    select distinct
        'quarantine of proteccions ' || _extract_date || ', line ' || _line_number as place,
        {{ padro_person_id('nia') }} as padro_person_id,
        {{ documents_meant('_words_with_documents') }} as documents
    from worded

)

select * from typed

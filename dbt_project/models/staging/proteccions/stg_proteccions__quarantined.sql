-- Who is protected is so whatever else is wrong with the row; that it has ended must be told in a good one.
with

source as (

    select * from {{ source('raw', 'proteccions__proteccions_quarantined') }}

),

typed as (

    select
        'quarantine of proteccions ' || _extract_date || ', line ' || _line_number as place,
        nullif(lpad(regexp_replace(nia, '[^0-9]', '', 'g'), 15, '0'), repeat('0', 15)) as padro_person_id,
        {{ comparable_document('document') }} as document_compact
    from source

)

select * from typed

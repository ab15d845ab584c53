-- Who unsubscribes is heard whatever else is wrong with the row.
with

source as (

    select * from {{ source('raw', 'campanyes__esdeveniments_quarantined') }}

),

typed as (

    select
        'quarantine of campanyes ' || _extract_date || ', line ' || _line_number as place,
        cast(_extract_date + 1 as timestamp) - interval 1 microsecond as occurred_at,
        id_missatge as message_id,
        id_persona as exported_person_id,
        canal as channel,
        {{ normalise_email(visible('adreca')) }} as email,
        {{ normalise_phone('adreca') }} as phone
    from source
    where esdeveniment = 'BAIXA' or {{ is_untrusted_row() }}

)

select * from typed

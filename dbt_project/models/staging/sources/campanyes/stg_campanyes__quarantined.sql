-- An unsubscription in a quarantined row applies, whatever the error; so does an unknown event, which may be one. A
-- hard bounce closes the address, too.
with

source as (

    select
        *,
        {{ refused_row_first_told(['id_persona', 'id_missatge', 'adreca', 'esdeveniment', 'moment']) }} as _told_on
    from {{ source('raw', 'campanyes__esdeveniments_quarantined') }}

),

typed as (

    select
        'quarantine of campanyes ' || _extract_date || ', line ' || _line_number as place,
        _told_on as told_on,
        {{ end_of_day('_told_on') }} as occurred_at,
        if(esdeveniment = 'REBOT_DUR' and not {{ is_untrusted_row() }}, 'bounced_hard', 'unsubscribed') as event,
        id_missatge as message_id,
        segment,
        upper(trim(id_persona)) as exported_person_id,
        canal as channel,
        {{ normalise_email(visible('adreca')) }} as email,
        {{ normalise_phone('adreca') }} as phone,
        {{ addresses_meant('adreca') }} as addresses
    from source
    where
        coalesce(esdeveniment, '') not in ('ENVIAT', 'LLIURAT', 'OBERT', 'CLIC', 'REBOT_TOU')
        or {{ is_untrusted_row() }}

)

select * from typed

-- A withdrawal is heard whatever else is wrong with its row; a consent in a refused row is none. Where the row as a
-- whole can't be trusted (a field told twice, damaged bytes), any word on a consent counts as its withdrawal.
with

source as (

    select * from {{ source('raw', 'atencions__atencions_quarantined') }}

),

typed as (

    select
        md5('atencions|' || _source_key) as record_id,
        'quarantine of ' || _extract_date || ', line ' || _line_number as place,
        cast(_extract_date + 1 as timestamp) - interval 1 microsecond as told_until,
        try_cast(data_hora as timestamp) as told_at,
        nullif(ltrim({{ compact_document('document') }}, '0'), '') as document_compact,
        {{ normalise_name('nom') }} as given_name,
        {{ normalise_name('cognom_1') }} as surname_1,
        try_cast(data_naixement as date) as birth_date,
        {{ normalise_street('adreca') }} as street,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('telefon') }} as phone,
        canal as channel,
        versio_text as consent_text_version,
        _reason in ('repeated_field', 'unknown_field', 'bad_type', 'bad_encoding') as is_untrusted,
        if(is_untrusted or consentiment_integracio != 'S', consentiment_integracio, null) as integration_refusal,
        if(is_untrusted or consentiment_comunicacions != 'S', consentiment_comunicacions, null)
            as communications_refusal
    from source

)

select
    record_id,
    place,
    least(coalesce(told_at, told_until), told_until) as occurred_at,
    document_compact,
    given_name,
    surname_1,
    birth_date,
    street,
    email,
    phone,
    channel,
    consent_text_version,
    if(integration_refusal is null, null, 'refused') as integration_consent,
    if(communications_refusal is null, null, 'refused') as communications_consent
from typed
where coalesce(integration_refusal, communications_refusal) is not null

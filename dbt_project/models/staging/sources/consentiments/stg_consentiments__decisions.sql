with

source as (

    select
        esdeveniments.*,
        coalesce(first_told._extract_date, esdeveniments._extract_date) as _told_on
    from {{ source('raw', 'consentiments__esdeveniments') }} as esdeveniments
    left join {{ source('raw', 'consentiments__esdeveniments_first_told') }} as first_told
        on esdeveniments._source_key = first_told._source_key

),

typed as (

    select
        md5('consentiments|' || _source_key) as record_id,
        _source_key as source_key,
        _extract_date as extract_date,
        _told_on as told_on,
        try_cast(data_hora as timestamp) as decided_at,
        origen as channel,
        {{ consent_purpose('finalitat') }} as purpose,
        servei as service,
        case estat when 'DONAT' then 'given' when 'REFUSAT' then 'refused' when 'RETIRAT' then 'withdrawn' end as state,
        atorgant = 'TUTOR' as is_by_guardian,
        versio_text as consent_text_version,
        evidencia as reference,
        case tipus_document when 'DNI' then 'DNI' when 'NIE' then 'NIE' when 'PASSAPORT' then 'PASSPORT' end
            as document_declared_type,
        document as document_raw,
        upper(pais_document) as document_country,
        nom as given_name,
        cognom_1 as surname_1,
        cognom_2 as surname_2,
        try_cast(data_naixement as date) as birth_date,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('telefon') }} as phone,
        -- Only a refusal applies to everyone whom it could mean.
        if(estat != 'DONAT', {{ addresses_of_contacts() }}, cast([] as varchar[])) as addresses,
        {{ names_nobody() }} as is_nobody_named,
        idioma as language
    from source

)

select * from typed

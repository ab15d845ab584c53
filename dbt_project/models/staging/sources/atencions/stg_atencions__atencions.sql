with

source as (

    select
        atencions.*,
        coalesce(first_told._extract_date, atencions._extract_date) as _told_on
    from {{ source('raw', 'atencions__atencions') }} as atencions
    left join {{ source('raw', 'atencions__atencions_first_told') }} as first_told
        on atencions._source_key = first_told._source_key

),

typed as (

    select
        md5('atencions|' || _source_key) as record_id,
        _source_key as source_key,
        _extract_date as extract_date,
        _told_on as told_on,
        id as attention_id,
        try_cast(data_hora as timestamp) as occurred_at,
        canal as channel,
        case tipus_document when 'DNI' then 'DNI' when 'NIE' then 'NIE' when 'PASSAPORT' then 'PASSPORT' end
            as document_declared_type,
        document as document_raw,
        nullif(upper(trim(pais_document)), '') as document_country,
        nullif(trim(nom), '') as given_name,
        nullif(trim(cognom_1), '') as surname_1,
        nullif(trim(cognom_2), '') as surname_2,
        try_cast(data_naixement as date) as birth_date,
        case sexe when 'H' then 'M' when 'D' then 'F' end as sex,
        nullif(trim(adreca), '') as street,
        nullif(trim(numero), '') as street_number,
        {{ normalise_postcode('codi_postal') }} as postcode,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('telefon') }} as phone,
        -- Only a refusal applies to everyone whom it could mean.
        if(
            'N' in (consentiment_integracio, consentiment_comunicacions, consentiment_enquestes),
            {{ addresses_of_attention() }},
            cast([] as varchar[])
        ) as addresses,
        {{ names_nobody() }} as is_nobody_named,
        {{ normalise_phone('telefon_origen') }} as calling_phone,
        idioma as language,
        motiu as subject,
        tramit as service,
        informacio_promesa = 'S' as is_information_promised,
        oficina as office,
        try_cast(temps_espera_s as integer) as wait_seconds,
        try_cast(durada_s as integer) as duration_seconds,
        resultat as status,
        case consentiment_integracio when 'S' then 'given' when 'N' then 'refused' end as integration_consent,
        case consentiment_comunicacions when 'S' then 'given' when 'N' then 'refused' end as communications_consent,
        case consentiment_enquestes when 'S' then 'given' when 'N' then 'refused' end as surveys_consent,
        versio_text as consent_text_version
    from source

)

select * from typed

with

source as (

    select * from {{ source('raw', 'subscripcions__subscripcions') }}

),

typed as (

    select
        md5('subscripcions|' || _source_key) as record_id,
        _source_key as source_key,
        _extract_date as extract_date,
        servei as service,
        zona as zone_code,
        bloc as study_block,
        linia as bus_line,
        if(butlleti similar to 'D[0-9]{2}', right(butlleti, 2), null) as district_code,
        if(butlleti similar to 'D[0-9]{2}', null, butlleti) as sector,
        interes as interest,
        mitja_transport as transport,
        canal as channel,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('telefon') }} as phone,
        nif as document_raw,
        rao_social as legal_name,
        nom as given_name,
        nullif({{ first_surname('cognoms') }}, '') as surname_1,
        nullif(trim(substr(trim(cognoms), length({{ first_surname('cognoms') }}) + 1)), '') as surname_2,
        idioma as language,
        try_cast(data_alta as date) as subscribed_on,
        try_cast(data_baixa as date) as ended_on
    from source

)

select * from typed

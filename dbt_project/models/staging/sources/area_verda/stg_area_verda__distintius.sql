with

source as (

    select * from {{ source('raw', 'area_verda__distintius') }}

),

typed as (

    select
        md5('area_verda|' || _source_key) as record_id,
        _source_key as source_key,
        _extract_date as extract_date,
        nif as document_raw,
        nom as given_name,
        cognom_1 as surname_1,
        cognom_2 as surname_2,
        adreca as street,
        numero as street_number,
        {{ normalise_postcode('codi_postal') }} as postcode,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('telefon') }} as phone,
        matricula as plate,
        tipus_vehicle as vehicle_class,
        zona as parking_zone,
        {{ padro_date('data_alta') }} as valid_from,
        {{ padro_date('data_caducitat') }} as valid_to,
        {{ padro_date('data_baixa') }} as ended_on
    from source

)

select * from typed

with

source as (

    select *
    from {{ source('raw', 'activitats_estiu__inscripcions') }}
    where coalesce(tutor_nif, tutor_nom, tutor_cognom_1, tutor_email, tutor_telefon) is not null

),

typed as (

    select
        md5('activitats_estiu|' || _source_key || '#tutor') as record_id,
        _source_key || '#tutor' as source_key,
        _extract_date as extract_date,
        md5('activitats_estiu|' || _source_key) as child_record_id,
        tutor_nif as document_raw,
        tutor_nom as given_name,
        tutor_cognom_1 as surname_1,
        tutor_cognom_2 as surname_2,
        adreca as street,
        numero as street_number,
        {{ normalise_postcode('codi_postal') }} as postcode,
        {{ normalise_email('tutor_email') }} as email,
        {{ normalise_phone('tutor_telefon') }} as phone,
        try_cast(data_sollicitud as date) as applied_on
    from source

)

select * from typed

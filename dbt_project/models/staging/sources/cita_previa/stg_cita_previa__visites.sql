with

source as (

    select * from {{ source('raw', 'cita_previa__visites') }}

),

typed as (

    select
        md5('cita_previa|' || _source_key) as record_id,
        _source_key as source_key,
        _extract_date as extract_date,
        try_cast(data || ' ' || hora as timestamp) as occurred_at,
        oficina as office,
        cua as queue,
        cita_previa = '1' as has_appointment,
        canal_cita_previa as booking_channel,
        try_cast(temps_espera as integer) as wait_seconds,
        try_cast(temps_atencio as integer) as duration_seconds,
        try_cast(n_tramits_x_visita as integer) as procedure_count,
        nif as document_raw,
        nom as given_name,
        nullif({{ first_surname('cognoms') }}, '') as surname_1,
        nullif(trim(substr(trim(cognoms), length({{ first_surname('cognoms') }}) + 1)), '') as surname_2,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('telefon') }} as phone,
        estat as status_code
    from source

)

select * from typed

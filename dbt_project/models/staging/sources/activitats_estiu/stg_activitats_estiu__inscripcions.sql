with

source as (

    select * from {{ source('raw', 'activitats_estiu__inscripcions') }}

),

typed as (

    select
        md5('activitats_estiu|' || _source_key) as record_id,
        _source_key as source_key,
        _extract_date as extract_date,
        try_cast("any" as integer) as season,
        tipus_activitat as activity_kind,
        activitat as activity,
        entitat as entity,
        try_cast(torn as integer) as turn,
        centre as place,
        try_cast(preu as decimal(8, 2)) as price_eur,
        ajut = 'S' as asks_for_grant,
        try_cast(num_sorteig as integer) as draw_number,
        estat as status_code,
        try_cast(data_sollicitud as date) as applied_on,
        infant_document as document_raw,
        infant_nom as given_name,
        infant_cognom_1 as surname_1,
        infant_cognom_2 as surname_2,
        try_cast(infant_data_naixement as date) as birth_date,
        adreca as street,
        numero as street_number,
        {{ normalise_postcode('codi_postal') }} as postcode
    from source

)

select * from typed

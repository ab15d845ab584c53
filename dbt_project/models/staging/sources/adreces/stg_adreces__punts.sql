with

source as (

    select * from {{ source('raw', 'adreces__punts') }}

),

typed as (

    select
        _source_key as source_key,
        codi_carrer as street_code,
        try_cast(numpost as integer) as street_number,
        llepost as letter,
        districte as district_code,
        barri as barri_code,
        districte || secc_cens as census_section,
        '080' || dist_post as postcode,
        -- The columns in ED50 are about 200 m off.
        try_cast(x_etrs89 as double) as x_etrs89,
        try_cast(y_etrs89 as double) as y_etrs89
    from source

)

select * from typed

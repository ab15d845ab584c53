with

source as (

    select * from {{ source('raw', 'carrers__vies') }}

),

typed as (

    select
        codi_via as street_code,
        codi_carrer_ine as ine_street_code,
        tipus_via as street_type,
        nom_curt as short_name,
        nom_oficial as official_name,
        try_cast(nre_min as integer) as first_number,
        try_cast(nre_max as integer) as last_number
    from source

)

select * from typed

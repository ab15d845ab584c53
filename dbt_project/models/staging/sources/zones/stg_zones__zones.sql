with

source as (

    select * from {{ source('raw', 'zones__zones') }}

),

typed as (

    select
        codi as zone_code,
        nom as name,
        case tipus when 'OBRES' then 'works' when 'TALL' then 'closure' when 'ESDEVENIMENT' then 'event' end as kind,
        try_cast(data_inici as date) as begins_on,
        try_cast(data_fi as date) as ends_on,
        coalesce(string_split(mitjans, ','), []) as transports,
        coalesce(try_cast(radi_m as integer), 0) as radius_m,
        coalesce(string_split(barris, ','), []) as barri_codes,
        geometria as geometry_json
    from source

)

select * from typed

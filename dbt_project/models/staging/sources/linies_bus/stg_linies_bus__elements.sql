with

source as (

    select * from {{ source('raw', 'linies_bus__elements') }}

),

typed as (

    select
        codi as element_code,
        case tipus when 'LINIA' then 'line' when 'PARADA' then 'stop' end as kind,
        nom as name,
        string_split(linies, ',') as bus_lines,
        try_cast(data_inici as date) as begins_on,
        try_cast(data_fi as date) as ends_on,
        geometria as geometry_json
    from source

)

select * from typed

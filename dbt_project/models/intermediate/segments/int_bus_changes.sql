-- Bus lines that begin, end or change around the business date, in their route or at one of their stops.
with

network as (

    select * from {{ ref('bus_network') }}

),

business_day as (

    select * from {{ ref('int_business_date') }}

),

changing as (

    select
        network.element_code,
        network.geometry_json,
        unnest(network.bus_lines) as bus_line
    from network
    cross join business_day
    where
        network.begins_on between business_day.business_date - {{ var('bus_told_after_days') }}
        and business_day.business_date + {{ var('bus_notice_days') }}
        or network.ends_on between business_day.business_date - {{ var('bus_told_after_days') }}
        and business_day.business_date + {{ var('bus_notice_days') }}

),

final as (

    select
        bus_line,
        list(geometry_json order by element_code) as geometries_json
    from changing
    group by bus_line

)

select * from final

-- Bus lines with a notice of today for people who live near: the parts of the line (its route or stops) that begin, end
-- or change about now; the whole line if no part does.
with

network as (

    select * from {{ ref('bus_network') }}

),

business_day as (

    select * from {{ ref('int_business_date') }}

),

notices as (

    select * from {{ ref('int_notices_today') }}

),

announced as (

    select distinct subject as bus_line
    from notices
    where segment = 'xarxa_bus' and is_for_neighbours

),

elements as (

    select
        network.element_code,
        network.geometry_json,
        unnest(network.bus_lines) as bus_line,
        coalesce(
            network.begins_on between business_day.business_date - {{ var('bus_changed_days') }}
            and business_day.business_date + {{ var('bus_notice_days') }}, false
        )
        or coalesce(
            network.ends_on between business_day.business_date - {{ var('bus_changed_days') }}
            and business_day.business_date + {{ var('bus_notice_days') }}, false
        ) as is_changing
    from network
    cross join business_day

),

chosen as (

    select elements.*
    from elements
    inner join announced on elements.bus_line = announced.bus_line
    qualify elements.is_changing = bool_or(elements.is_changing) over (partition by elements.bus_line)

),

final as (

    select
        bus_line,
        list(geometry_json order by element_code) as geometries_json
    from chosen
    group by bus_line

)

select * from final

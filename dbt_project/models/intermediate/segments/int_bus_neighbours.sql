{{ config(pre_hook="load spatial") }}
-- Residents within walking distance of a change of a bus line. Lines are long and winding, so this is measured in two
-- steps: a box around each piece of the line, then the distance.
with

persons as (

    select * from {{ ref('persons') }}

),

bus_changes as (

    select * from {{ ref('int_bus_changes') }}

),

residents as (

    select * from persons
    where is_resident

),

pieces as (

    select
        bus_line,
        st_geomfromgeojson(unnest(geometries_json)) as geometry
    from bus_changes

),

boxes as (

    select
        *,
        st_xmin(geometry) - {{ var('bus_near_m') }} as x_from,
        st_xmax(geometry) + {{ var('bus_near_m') }} as x_to,
        st_ymin(geometry) - {{ var('bus_near_m') }} as y_from,
        st_ymax(geometry) + {{ var('bus_near_m') }} as y_to
    from pieces

),

doors as (

    select distinct
        x_etrs89,
        y_etrs89
    from residents
    where x_etrs89 is not null and y_etrs89 is not null

),

near_doors as (

    select distinct
        doors.*,
        boxes.bus_line
    from doors
    inner join boxes
        on doors.x_etrs89 between boxes.x_from and boxes.x_to and doors.y_etrs89 between boxes.y_from and boxes.y_to
    where st_dwithin(st_point(doors.x_etrs89, doors.y_etrs89), boxes.geometry, {{ var('bus_near_m') }})

),

final as (

    select
        near_doors.bus_line,
        residents.person_id
    from near_doors
    inner join residents on near_doors.x_etrs89 = residents.x_etrs89 and near_doors.y_etrs89 = residents.y_etrs89

)

select * from final

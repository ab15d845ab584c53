{{ config(pre_hook="load spatial") }}
-- Residents in a works zone, within its distance, or in a barri that it affects as a whole, for the zones with a notice
-- of today for people who live near. There are far fewer doors than people, and a box around each zone leaves few doors
-- to measure: an index would cost more than it saves.
with

persons as (

    select * from {{ ref('persons') }}

),

works_zones as (

    select * from {{ ref('works_zones') }}

),

notices as (

    select * from {{ ref('int_notices_today') }}

),

announced as (

    select distinct subject as zone_code
    from notices
    where segment = 'afectacions' and is_for_neighbours

),

residents as (

    select * from persons
    where is_resident

),

zones as (

    select
        works_zones.zone_code,
        works_zones.barri_codes,
        works_zones.radius_m,
        st_geomfromgeojson(works_zones.geometry_json) as geometry
    from works_zones
    inner join announced on works_zones.zone_code = announced.zone_code

),

boxes as (

    select
        *,
        st_xmin(geometry) - radius_m as x_from,
        st_xmax(geometry) + radius_m as x_to,
        st_ymin(geometry) - radius_m as y_from,
        st_ymax(geometry) + radius_m as y_to
    from zones

),

doors as (

    select distinct
        x_etrs89,
        y_etrs89
    from residents
    where x_etrs89 is not null and y_etrs89 is not null

),

near_doors as (

    select
        doors.*,
        boxes.zone_code
    from doors
    inner join boxes
        on doors.x_etrs89 between boxes.x_from and boxes.x_to and doors.y_etrs89 between boxes.y_from and boxes.y_to
    where st_dwithin(st_point(doors.x_etrs89, doors.y_etrs89), boxes.geometry, boxes.radius_m)

),

barris as (

    select
        zone_code,
        unnest(barri_codes) as barri_code
    from zones

),

found as (

    select
        near_doors.zone_code,
        residents.person_id,
        true as is_near
    from near_doors
    inner join residents on near_doors.x_etrs89 = residents.x_etrs89 and near_doors.y_etrs89 = residents.y_etrs89
    union all
    select
        barris.zone_code,
        residents.person_id,
        false as is_near
    from barris
    inner join residents on barris.barri_code = residents.barri_code

),

final as (

    select
        zone_code,
        person_id,
        if(bool_or(is_near), 'lives_near', 'lives_in_barri') as reason
    from found
    group by all

)

select * from final

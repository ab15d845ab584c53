-- Each address of the city that a source tells, at the door of the street directory that it can only mean.
with

persons as (

    select * from {{ ref('int_person_mentions') }}

),

organisations as (

    select * from {{ ref('int_organisation_mentions') }}

),

street_names as (

    select * from {{ ref('int_street_names') }}

),

points as (

    select * from {{ ref('stg_adreces__punts') }}

),

told as (

    select
        street,
        street_number,
        postcode
    from persons
    where street is not null and {{ is_in_town('postcode') }}
    union
    select
        street,
        street_number,
        postcode
    from organisations
    where street is not null and {{ is_in_town('postcode') }}

),

addresses as (

    select
        md5(concat_ws('|', street, coalesce(street_number, ''), coalesce(postcode, ''))) as address_id,
        street,
        street_number,
        postcode,
        try_cast(street_number as integer) as house_number
    from told

),

unknown_streets as (

    select distinct told.street
    from told
    anti join street_names on told.street = street_names.street
    where length(told.street) >= {{ var('shortest_misspelt_street') }}

),

misspelt as (

    -- One name alone must be near: of two, nobody knows which was meant.
    select
        unknown_streets.street,
        street_names.street_code,
        jaro_winkler_similarity(unknown_streets.street, street_names.street) as similarity
    from unknown_streets
    inner join street_names
        on
            left(unknown_streets.street, 1) = left(street_names.street, 1)
            and damerau_levenshtein(unknown_streets.street, street_names.street) <= 2

),

spelt as (

    select
        street,
        street_code,
        if(is_former, 'former_name', 'name') as name_match
    from street_names
    union all
    select
        street,
        max(street_code) as street_code,
        'misspelt_name' as name_match
    from misspelt
    group by street
    having count(distinct street_code) = 1

),

doors as (

    select
        addresses.address_id,
        spelt.street_code,
        spelt.name_match,
        points.x_etrs89,
        points.y_etrs89,
        points.district_code,
        points.barri_code,
        points.census_section,
        points.postcode,
        points.letter,
        points.source_key,
        abs(points.street_number - addresses.house_number) as distance,
        points.postcode = addresses.postcode as is_postcode_same
    from addresses
    inner join spelt on addresses.street = spelt.street
    inner join points
        on
            spelt.street_code = points.street_code
            -- A door that the directory lacks is next to one of its side of the street.
            and abs(points.street_number - addresses.house_number) <= {{ var('nearest_numbers') }}
            and (points.street_number - addresses.house_number) % 2 = 0
    where
        addresses.postcode is null
        or points.postcode = addresses.postcode
        or points.street_number = addresses.house_number

),

ranked as (

    select
        *,
        count(distinct street_code) over (partition by address_id) as street_count,
        count(distinct street_code) filter (where is_postcode_same) over (partition by address_id) as near_street_count,
        row_number() over (
            partition by address_id
            order by
                is_postcode_same desc nulls last,
                distance asc,
                name_match = 'misspelt_name' asc,
                letter asc nulls first,
                source_key asc
        ) as standing
    from doors

),

best as (

    select *
    from ranked
    where standing = 1 and (street_count = 1 or (near_street_count = 1 and is_postcode_same))

),

streets as (

    select
        street,
        max(street_code) as street_code
    from spelt
    group by street
    having count(distinct street_code) = 1

)

select
    addresses.address_id,
    addresses.street,
    addresses.street_number,
    addresses.postcode,
    coalesce(best.street_code, streets.street_code) as street_code,
    case
        when best.address_id is not null and best.distance > 0 then 'nearest_number'
        when best.name_match = 'name' and best.is_postcode_same is not false then 'exact'
        when best.name_match = 'name' then 'other_postcode'
        when best.address_id is not null then best.name_match
        when streets.street_code is not null then 'street'
        else 'unmatched'
    end as match_quality,
    best.district_code,
    best.barri_code,
    best.census_section,
    best.x_etrs89,
    best.y_etrs89
from addresses
left join best on addresses.address_id = best.address_id
left join streets on addresses.street = streets.street

-- Each address of the city in a source, with its door in the street directory if only one is possible.
with

street_names as (

    select * from {{ ref('int_street_names') }}

),

points as (

    select * from {{ ref('stg_adreces__punts') }}

),

mention_addresses as (

    select * from {{ ref('int_mention_addresses') }}

),

addresses as (

    select distinct
        address_id,
        street,
        street_type,
        street_number,
        street_letter,
        postcode,
        try_cast(street_number as integer) as house_number
    from mention_addresses
    where {{ is_in_town('postcode') }}

),

unknown_streets as (

    select distinct addresses.street
    from addresses
    anti join street_names on addresses.street = street_names.street
    where length(addresses.street) >= {{ var('shortest_misspelt_street') }}

),

misspelt as (

    -- If two names are near, neither is taken.
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
        street_type,
        street_code,
        if(is_former, 'former_name', 'name') as name_match
    from street_names
    union all by name
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
        points.postcode = addresses.postcode as is_postcode_same,
        coalesce(spelt.street_type = addresses.street_type, false) as is_type_same,
        (points.letter is not distinct from addresses.street_letter) as is_letter_same
    from addresses
    inner join spelt on addresses.street = spelt.street
    inner join points
        on
            spelt.street_code = points.street_code
            -- If the directory does not have the door, a near one on the same side is taken.
            and abs(points.street_number - addresses.house_number) <= {{ var('nearest_numbers') }}
            and (points.street_number - addresses.house_number) % 2 = 0
    where
        addresses.postcode is null
        or points.postcode = addresses.postcode
        or points.street_number = addresses.house_number

),

-- Among streets with the same name, first the postcode decides, then the type.
judged as (

    select
        *,
        if(is_postcode_same, 0, 2) + if(is_type_same, 0, 1) as standing_of_street
    from doors

),

nearest as (

    select
        *,
        count(distinct street_code) over (partition by address_id) as street_count
    from judged
    qualify standing_of_street = min(standing_of_street) over (partition by address_id)

),

ranked as (

    select
        *,
        count(distinct street_code) over (partition by address_id) as near_street_count,
        row_number() over (
            partition by address_id
            order by
                distance asc,
                name_match = 'misspelt_name' asc,
                name_match = 'former_name' asc,
                is_letter_same desc,
                letter asc nulls first,
                source_key asc
        ) as standing
    from nearest

),

best as (

    select *
    from ranked
    where
        standing = 1
        and near_street_count = 1
        -- If the postcode fits none of several streets, no street is taken.
        and (street_count = 1 or is_postcode_same is not false)

),

streets as (

    select
        addresses.address_id,
        max(spelt.street_code) as street_code
    from addresses
    inner join spelt on addresses.street = spelt.street
    group by addresses.address_id
    having
        count(distinct spelt.street_code) = 1

),

streets_of_type as (

    select
        addresses.address_id,
        max(spelt.street_code) as street_code
    from addresses
    inner join spelt on addresses.street = spelt.street and addresses.street_type = spelt.street_type
    group by addresses.address_id
    having
        count(distinct spelt.street_code) = 1

),

known_streets as (

    select * from streets
    union
    select * from streets_of_type

),

final as (

    select
        addresses.address_id,
        addresses.street,
        addresses.street_type,
        addresses.street_number,
        addresses.street_letter,
        addresses.postcode,
        coalesce(best.street_code, known_streets.street_code) as street_code,
        case
            when best.address_id is not null and best.distance > 0 then 'nearest_number'
            when best.address_id is not null and not best.is_letter_same then 'other_letter'
            when best.name_match = 'name' and best.is_postcode_same is not false then 'exact'
            when best.name_match = 'name' then 'other_postcode'
            when best.address_id is not null then best.name_match
            when known_streets.street_code is not null then 'street'
            else 'unmatched'
        end as match_quality,
        best.district_code,
        best.barri_code,
        best.census_section,
        best.x_etrs89,
        best.y_etrs89
    from addresses
    left join best on addresses.address_id = best.address_id
    left join known_streets on addresses.address_id = known_streets.address_id

)

select * from final

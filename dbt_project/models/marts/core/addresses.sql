with

addresses as (

    select * from {{ ref('int_addresses') }}

),

vies as (

    select * from {{ ref('stg_carrers__vies') }}

),

-- One that only people tell whose address is reserved is told by nobody.
shown as (

    select
        mentions.street,
        mentions.street_number,
        mentions.postcode
    from {{ ref('int_person_mentions') }} as mentions
    anti join {{ ref('int_protected_mentions') }} as protected on mentions.mention_id = protected.mention_id
    where mentions.street is not null
    union
    select
        street,
        street_number,
        postcode
    from {{ ref('int_organisation_mentions') }}
    where street is not null

)

select
    addresses.address_id,
    addresses.street,
    addresses.street_number,
    addresses.postcode,
    addresses.match_quality,
    addresses.street_code,
    vies.official_name,
    addresses.district_code,
    addresses.barri_code,
    addresses.census_section,
    addresses.x_etrs89,
    addresses.y_etrs89
from addresses
inner join shown
    on
        addresses.street = shown.street
        and addresses.street_number is not distinct from shown.street_number
        and addresses.postcode is not distinct from shown.postcode
left join vies on addresses.street_code = vies.street_code

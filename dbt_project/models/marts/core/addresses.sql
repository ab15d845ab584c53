with

addresses as (

    select * from {{ ref('int_addresses') }}

),

vies as (

    select * from {{ ref('stg_carrers__vies') }}

)

select
    addresses.address_id,
    addresses.street,
    addresses.street_type,
    addresses.street_number,
    addresses.street_letter,
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
left join vies on addresses.street_code = vies.street_code

with

addresses as (

    select * from {{ ref('int_addresses') }}

),

vies as (

    select * from {{ ref('stg_carrers__vies') }}

),

told as (

    select * from {{ ref('int_mention_addresses') }}

),

protected as (

    select * from {{ ref('int_protected_holders') }}

),

-- One that only people tell whose address is reserved is told by nobody.
shown as (

    select distinct told.address_id
    from told
    anti join protected on told.mention_id = protected.mention_id

),

final as (

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
    inner join shown on addresses.address_id = shown.address_id
    left join vies on addresses.street_code = vies.street_code

)

select * from final

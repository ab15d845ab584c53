with

addresses as (

    select * from {{ ref('int_addresses') }}

),

vies as (

    select * from {{ ref('stg_carrers__vies') }}

),

mention_addresses as (

    select * from {{ ref('int_mention_addresses') }}

),

protected as (

    select * from {{ ref('int_protected_holders') }}

),

-- Without the addresses that only protected people have.
shown as (

    select distinct mention_addresses.address_id
    from mention_addresses
    anti join protected on mention_addresses.mention_id = protected.mention_id

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

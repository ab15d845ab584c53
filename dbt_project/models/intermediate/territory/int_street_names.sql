-- Every name of a street (official, short and former), normalised as in the mentions.
with

vies as (

    select * from {{ ref('stg_carrers__vies') }}

),

former_names as (

    select * from {{ ref('former_street_names') }}

),

named as (

    select
        street_code,
        official_name as name,
        false as is_former
    from vies
    union all
    select
        street_code,
        short_name as name,
        false as is_former
    from vies
    union all
    select
        vies.street_code,
        former_names.former_name as name,
        true as is_former
    from vies
    inner join former_names
        on {{ normalise_street('vies.official_name') }} = {{ normalise_street('former_names.present_name') }}

),

final as (

    select
        {{ normalise_street('name') }} as street,
        {{ street_type('name') }} as street_type,
        street_code,
        bool_and(is_former) as is_former
    from named
    group by all

)

select * from final

with

persons as (

    select * from {{ ref('persons') }}

),

final as (

    select
        household_id,
        count(*) as member_count,
        count(*) filter (where is_minor) as minor_count,
        min(district_code) as district_code,
        min(barri_code) as barri_code,
        min(census_section) as census_section
    from persons
    where household_id is not null and is_resident
    group by household_id

)

select * from final

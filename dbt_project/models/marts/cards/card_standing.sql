with

persons as (

    select * from {{ in_hub('persons') }}

),

households as (

    select * from {{ in_hub('households') }}

),

final as (

    select
        persons.person_id,
        persons.is_resident,
        persons.is_deceased,
        persons.is_minor,
        persons.district_code as district,
        persons.barri_code as barri,
        persons.census_section as section,
        households.member_count as household,
        persons.first_seen_date as first_seen,
        persons.last_seen_date as last_seen,
        persons.source_count as sources,
        persons.confidence
    from persons
    left join households on persons.household_id = households.household_id

)

select * from final

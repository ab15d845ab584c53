with

person_attributes as (

    select * from {{ in_hub('person_attributes') }}

),

final as (

    select
        person_id,
        attribute,
        value,
        source,
        cast(observed_at as date) as since,
        mention_count as mentions,
        rule
    from person_attributes
    where rank = 1

)

select * from final

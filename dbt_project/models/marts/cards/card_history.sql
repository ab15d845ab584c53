with

person_history as (

    select * from {{ in_hub('person_history') }}

),

final as (

    select
        person_id,
        attribute,
        value,
        source,
        valid_from,
        valid_to,
        last_told_date as last_told
    from person_history

)

select * from final

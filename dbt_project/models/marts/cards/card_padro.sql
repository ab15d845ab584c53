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
        valid_from as since,
        last_told_date as last_told
    from person_history
    where
        source = 'padro'
        and valid_to is null

)

select * from final

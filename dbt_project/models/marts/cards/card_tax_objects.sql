with

tax_objects as (

    select * from {{ in_hub('tax_objects') }}

),

final as (

    select
        person_id,
        organisation_id,
        tax,
        reference,
        holding_right as holding,
        share_percent as share,
        property_use,
        vehicle_class,
        registered_on as since,
        cast(value_year as varchar) as value_year,
        'objectes_tributaris' as source
    from tax_objects

)

select * from final

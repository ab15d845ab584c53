with

notices as (

    select * from {{ ref('stg_avisos__notices') }}

),

final as (

    select
        {{ segment_of_service('service') }} as segment,
        notices.* exclude (service)
    from notices

)

select * from final

with

runs as (

    select * from {{ ref('stg_run__run') }}

),

final as (

    select max(business_date) as business_date
    from runs

)

select * from final

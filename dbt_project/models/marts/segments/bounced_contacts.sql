with

bounced as (

    select * from {{ ref('int_bounced_contacts') }}

),

reserved as (

    select * from {{ ref('int_reserved_contacts') }}

),

final as (

    select bounced.*
    from bounced
    anti join reserved on bounced.address = reserved.address

)

select * from final

-- The notices that are sent on the business date.
with

notices as (

    select * from {{ ref('notices') }}

),

business_day as (

    select * from {{ ref('int_business_date') }}

),

final as (

    select notices.*
    from notices
    cross join business_day
    where
        business_day.business_date between notices.sent_from and notices.sent_until
        and not notices.is_withdrawn

)

select * from final

with

subscripcions as (

    select * from {{ ref('stg_subscripcions__subscripcions') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

business_day as (

    select * from {{ ref('int_business_date') }}

)

select
    subscripcions.record_id as subscription_id,
    links.person_id,
    subscripcions.source_key,
    subscripcions.service,
    coalesce(
        subscripcions.zone_code, subscripcions.study_block, subscripcions.bus_line, subscripcions.district_code,
        subscripcions.sector
    ) as topic,
    subscripcions.zone_code,
    subscripcions.study_block,
    subscripcions.bus_line,
    subscripcions.district_code,
    subscripcions.sector,
    subscripcions.transport,
    subscripcions.channel,
    if(subscripcions.channel = 'EMAIL', subscripcions.email, subscripcions.phone) as address,
    subscripcions.language,
    subscripcions.subscribed_on,
    subscripcions.ended_on,
    subscripcions.subscribed_on <= business_day.business_date
    and coalesce(subscripcions.ended_on > business_day.business_date, true) as is_active
from subscripcions
left join links on subscripcions.record_id = links.mention_id
cross join business_day

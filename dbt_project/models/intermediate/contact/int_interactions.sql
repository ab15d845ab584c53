with

atencions as (

    select * from {{ ref('stg_atencions__atencions') }}

),

iris as (

    select * from {{ ref('stg_iris__fitxes') }}

)

select
    record_id as interaction_id,
    'atencions' as source,
    source_key,
    channel,
    service,
    subject,
    occurred_at,
    status,
    office,
    wait_seconds,
    duration_seconds,
    language,
    if(status = 'RESOLT', cast(occurred_at as date), null) as closed_on,
    if(status = 'RESOLT', 0, null) as answer_days
from atencions
union all by name
select
    record_id as interaction_id,
    'iris' as source,
    source_key,
    channel,
    detail as service,
    card_type as subject,
    cast(opened_on as timestamp) as occurred_at,
    status,
    cast(null as varchar) as office,
    cast(null as integer) as wait_seconds,
    cast(null as integer) as duration_seconds,
    language,
    closed_on,
    closed_on - opened_on as answer_days
from iris

with

atencions as (

    select * from {{ ref('stg_atencions__atencions') }}

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
    language
from atencions

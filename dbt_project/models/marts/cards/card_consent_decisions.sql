with

consent_events as (

    select * from {{ in_hub('consent_events') }}

)

select
    person_id,
    decided_at,
    purpose,
    service,
    state,
    channel,
    source,
    text_version
from consent_events

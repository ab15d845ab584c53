with

atencions as (

    select * from {{ ref('stg_atencions__atencions') }}

),

events as (

    select
        record_id,
        'integration' as purpose,
        integration_consent as state,
        channel,
        consent_text_version as text_version,
        coalesce(given_name, surname_1, surname_2) is not null as is_named,
        occurred_at as decided_at
    from atencions
    union all
    select
        record_id,
        'communications' as purpose,
        communications_consent as state,
        channel,
        consent_text_version as text_version,
        coalesce(given_name, surname_1, surname_2) is not null as is_named,
        occurred_at as decided_at
    from atencions

)

select
    md5(record_id || '|' || purpose) as consent_event_id,
    record_id as evidence,
    purpose,
    state,
    channel,
    text_version,
    is_named,
    decided_at
from events
where state is not null

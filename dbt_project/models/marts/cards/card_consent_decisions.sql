with

consent_events as (

    select * from {{ in_hub('consent_events') }}

),

final as (

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

)

select * from final

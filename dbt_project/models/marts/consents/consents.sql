with

consent_state as (

    select * from {{ ref('int_consent_state') }}

),

final as (

    select
        person_id,
        purpose,
        service,
        state,
        channel,
        source,
        text_version,
        evidence,
        reference,
        is_by_guardian,
        since as decided_at
    from consent_state

)

select * from final

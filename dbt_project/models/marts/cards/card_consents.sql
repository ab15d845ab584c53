with

consents as (

    select * from {{ in_hub('consents') }}

),

final as (

    select
        person_id,
        purpose,
        service,
        state,
        channel,
        source,
        decided_at,
        text_version,
        evidence
    from consents

)

select * from final

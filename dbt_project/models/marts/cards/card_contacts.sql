with

interactions as (

    select * from {{ in_hub('interactions') }}

),

final as (

    select
        person_id,
        organisation_id,
        interaction_id,
        occurred_at,
        channel,
        service,
        subject,
        procedure,
        status,
        office,
        source,
        source_key
    from interactions

)

select * from final

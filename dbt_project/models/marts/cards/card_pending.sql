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
        cast(occurred_at as date) as since,
        channel,
        service,
        subject,
        procedure,
        status,
        source,
        source_key
    from interactions
    where status in ('PENDENT', 'DERIVAT')

)

select * from final

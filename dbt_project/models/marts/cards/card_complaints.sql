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
        cast(occurred_at as date) as opened,
        channel,
        service,
        subject,
        status,
        closed_on,
        answer_days,
        source,
        source_key
    from interactions
    where source = 'iris'

)

select * from final

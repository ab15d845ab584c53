-- The contacts of every source, translated from the source's codes to the shared vocabulary.
with

codes as (

    select * from {{ ref('interaction_codes') }}

),

interactions as (

    {{ union_of_sources('interactions') | indent }}

),

final as (

    select
        interactions.interaction_id,
        interactions.mention_id,
        interactions.source,
        interactions.source_key,
        coalesce(channels.value, any_channel.value) as channel,
        coalesce(services.value, any_service.value) as service,
        interactions.subject,
        interactions.procedure,
        interactions.occurred_at,
        coalesce(states.value, any_state.value) as status,
        interactions.office,
        interactions.wait_seconds,
        interactions.duration_seconds,
        interactions.language,
        interactions.closed_on,
        interactions.closed_on - cast(interactions.occurred_at as date) as answer_days
    from interactions
    left join codes as channels
        on
            interactions.source = channels.source
            and channels.kind = 'channel'
            and interactions.channel_code = channels.code
    left join codes as any_channel
        on interactions.source = any_channel.source and any_channel.kind = 'channel' and any_channel.code = '*'
    left join codes as services
        on
            interactions.source = services.source
            and services.kind = 'service'
            and interactions.service_code = services.code
    left join codes as any_service
        on interactions.source = any_service.source and any_service.kind = 'service' and any_service.code = '*'
    left join codes as states
        on interactions.source = states.source and states.kind = 'status' and interactions.status_code = states.code
    left join codes as any_state
        on interactions.source = any_state.source and any_state.kind = 'status' and any_state.code = '*'

)

select * from final

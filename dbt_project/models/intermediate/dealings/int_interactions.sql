-- What every channel says of a contact, in its own codes, and then in the vocabulary that they share.
with

atencions as (

    select * from {{ ref('stg_atencions__atencions') }}

),

iris as (

    select * from {{ ref('stg_iris__fitxes') }}

),

tramits as (

    select * from {{ ref('stg_tramits__expedients') }}

),

visites as (

    select * from {{ ref('stg_cita_previa__visites') }}

),

tax_procedures as (

    select * from {{ ref('stg_tramits_hisenda__expedients') }}

),

llicencies as (

    select * from {{ ref('stg_llicencies_via_publica__llicencies') }}

),

inscripcions as (

    select * from {{ ref('stg_activitats_estiu__inscripcions') }}

),

codes as (

    select * from {{ ref('interaction_codes') }}

),

told as (

    select
        record_id as interaction_id,
        record_id as mention_id,
        'atencions' as source,
        source_key,
        channel as channel_code,
        subject as service_code,
        status as status_code,
        subject,
        service as procedure,
        occurred_at,
        office,
        wait_seconds,
        duration_seconds,
        language,
        if(status = 'RESOLT', cast(occurred_at as date), null) as closed_on
    from atencions
    union all by name
    select
        record_id as interaction_id,
        record_id as mention_id,
        'iris' as source,
        source_key,
        channel_code,
        area as service_code,
        status_code,
        card_type as subject,
        detail as procedure,
        cast(opened_on as timestamp) as occurred_at,
        language,
        closed_on
    from iris
    union all by name
    select
        record_id as interaction_id,
        record_id as mention_id,
        'tramits' as source,
        source_key,
        channel_code,
        procedure_code as service_code,
        status_code,
        'TRAMIT' as subject,
        procedure_name as procedure,
        begun_at as occurred_at,
        cast(ended_at as date) as closed_on
    from tramits
    union all by name
    select
        record_id as interaction_id,
        record_id as mention_id,
        'cita_previa' as source,
        source_key,
        '*' as channel_code,
        queue as service_code,
        status_code,
        if(has_appointment, 'CITA', 'VISITA') as subject,
        queue as procedure,
        occurred_at,
        office,
        wait_seconds,
        duration_seconds,
        if(status_code = 'Atesa', cast(occurred_at as date), null) as closed_on
    from visites
    union all by name
    select
        record_id as interaction_id,
        record_id as mention_id,
        'tramits_hisenda' as source,
        source_key,
        channel_code,
        '*' as service_code,
        status_code,
        'TRAMIT' as subject,
        procedure_kind as procedure,
        cast(begun_on as timestamp) as occurred_at,
        ended_on as closed_on
    from tax_procedures
    union all by name
    select
        record_id as interaction_id,
        record_id as mention_id,
        'llicencies_via_publica' as source,
        source_key,
        '*' as channel_code,
        '*' as service_code,
        '*' as status_code,
        'LLICENCIA' as subject,
        licence_kind as procedure,
        cast(valid_from as timestamp) as occurred_at
    from llicencies
    union all by name
    -- The contact is with who answers for the child.
    select
        record_id as interaction_id,
        md5('activitats_estiu|' || source_key || '#tutor') as mention_id,
        'activitats_estiu' as source,
        source_key,
        '*' as channel_code,
        '*' as service_code,
        status_code,
        'INSCRIPCIO' as subject,
        activity_kind as procedure,
        cast(applied_on as timestamp) as occurred_at
    from inscripcions

)

select
    told.interaction_id,
    told.mention_id,
    told.source,
    told.source_key,
    coalesce(channels.value, any_channel.value) as channel,
    coalesce(services.value, any_service.value) as service,
    told.subject,
    told.procedure,
    told.occurred_at,
    coalesce(states.value, any_state.value) as status,
    told.office,
    told.wait_seconds,
    told.duration_seconds,
    told.language,
    told.closed_on,
    told.closed_on - cast(told.occurred_at as date) as answer_days
from told
left join codes as channels
    on told.source = channels.source and channels.kind = 'channel' and told.channel_code = channels.code
left join codes as any_channel
    on told.source = any_channel.source and any_channel.kind = 'channel' and any_channel.code = '*'
left join codes as services
    on told.source = services.source and services.kind = 'service' and told.service_code = services.code
left join codes as any_service
    on told.source = any_service.source and any_service.kind = 'service' and any_service.code = '*'
left join codes as states
    on told.source = states.source and states.kind = 'status' and told.status_code = states.code
left join codes as any_state
    on told.source = any_state.source and any_state.kind = 'status' and any_state.code = '*'

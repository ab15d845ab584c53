with

visites as (

    select * from {{ ref('stg_cita_previa__visites') }}

),

interactions as (

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

)

select * from interactions

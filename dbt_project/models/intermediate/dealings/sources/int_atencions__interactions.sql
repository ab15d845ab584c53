with

atencions as (

    select * from {{ ref('stg_atencions__atencions') }}

),

interactions as (

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

)

select * from interactions

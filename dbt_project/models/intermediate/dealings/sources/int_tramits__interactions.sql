with

tramits as (

    select * from {{ ref('stg_tramits__expedients') }}

),

interactions as (

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

)

select * from interactions

with

tax_procedures as (

    select * from {{ ref('stg_tramits_hisenda__expedients') }}

),

interactions as (

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

)

select * from interactions

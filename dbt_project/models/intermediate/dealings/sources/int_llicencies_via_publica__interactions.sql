with

llicencies as (

    select * from {{ ref('stg_llicencies_via_publica__llicencies') }}

),

interactions as (

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

)

select * from interactions

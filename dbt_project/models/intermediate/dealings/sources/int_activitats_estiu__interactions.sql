-- The contact is with the child's guardian.
with

inscripcions as (

    select * from {{ ref('stg_activitats_estiu__inscripcions') }}

),

interactions as (

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

select * from interactions

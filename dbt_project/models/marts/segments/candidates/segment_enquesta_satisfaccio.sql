with

person_links as (

    select * from {{ ref('int_person_links') }}

),

interactions as (

    select * from {{ ref('interactions') }}

),

business_day as (

    select * from {{ ref('int_business_date') }}

),

agreements as (

    select * from {{ ref('agreements') }}

),

-- Some agreements let a service ask the people whom it has just attended without their consent.
terms as (

    select coalesce(bool_or(is_public_task), false) as is_public_task
    from agreements
    where source = 'atencions' and purpose = 'survey' and is_in_force

),

doubted as (

    select mention_id
    from person_links
    where is_doubted

),

attended as (

    select
        interactions.*,
        doubted.mention_id is not null as is_doubted
    from interactions
    inner join business_day
        on cast(interactions.occurred_at as date) = business_day.business_date
    -- The mention of an attention is the record itself.
    left join doubted on interactions.interaction_id = doubted.mention_id
    where
        interactions.source = 'atencions'
        and interactions.person_id is not null
        and interactions.status != 'ABANDONAT'

),

-- The survey asks about one of several attentions of the same kind.
final as (

    select
        service as topic,
        person_id,
        if(terms.is_public_task, 'public_task', 'consent') as basis,
        'attended' as reason,
        concat_ws('|', channel, service) as stratum,
        source_key as reference,
        is_doubted
    from attended
    cross join terms
    qualify row_number() over (partition by person_id, service order by is_doubted asc, md5(interaction_id) asc) = 1

)

select * from final

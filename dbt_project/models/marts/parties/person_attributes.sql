with

ranked as (

    select * from {{ ref('int_ranked_attributes') }}

),

protected as (

    select * from {{ ref('int_protected_persons') }}

),

final as (

    select
        ranked.person_id,
        ranked.attribute,
        ranked.value,
        ranked.source,
        ranked.mention_id,
        ranked.observed_at,
        ranked.mention_count,
        ranked.rank,
        ranked.rule
    from ranked
    left join protected on ranked.person_id = protected.person_id
    where {{ is_shown() }}

)

select * from final

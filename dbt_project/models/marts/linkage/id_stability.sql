-- How many ids each night kept, and how the others changed.
with

events as (

    select * from {{ ref('int_id_events') }}

),

linkage_nights as (

    select * from {{ ref('stg_linkage__nights') }}

),

nights as (

    select
        business_date,
        unnest(['person', 'organisation']) as entity
    from linkage_nights

),

named as (

    select
        entity,
        business_date,
        event,
        cause_kind,
        unnest(list_distinct(ids_before || ids_after)) as id,
        ids_before,
        ids_after
    from events

),

changed as (

    select
        entity,
        business_date,
        event,
        cause_kind,
        count(distinct id) as ids
    from named
    group by all

),

moved as (

    select
        entity,
        business_date,
        -- A person seen again after retirement has the same id before and after.
        count(distinct id) filter (
            where event in ('minted', 'split') and not list_contains(ids_before, id) or cause_kind = 'seen_again'
        ) as begun,
        count(distinct id) filter (
            where event in ('merged', 'retired') and not list_contains(ids_after, id)
        ) as ended
    from named
    group by all

),

in_use as (

    select
        nights.entity,
        nights.business_date,
        coalesce(sum(coalesce(moved.begun, 0) - coalesce(moved.ended, 0)) over (
            partition by nights.entity
            order by nights.business_date
            rows between unbounded preceding and 1 preceding
        ), 0) as ids_before,
        coalesce(moved.ended, 0) as ended
    from nights
    left join moved on nights.entity = moved.entity and nights.business_date = moved.business_date

),

counted as (

    select
        entity,
        business_date,
        'kept' as event,
        'no_change' as cause_kind,
        ids_before - ended as ids
    from in_use
    union all by name
    select * from changed

),

final as (

    select
        counted.entity,
        counted.business_date,
        counted.event,
        counted.cause_kind,
        cast(counted.ids as bigint) as ids,
        cast(in_use.ids_before as bigint) as ids_before,
        round(counted.ids / nullif(in_use.ids_before, 0), 6) as share
    from counted
    inner join in_use on counted.entity = in_use.entity and counted.business_date = in_use.business_date

)

select * from final

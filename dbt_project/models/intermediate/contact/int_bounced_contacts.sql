-- Where the tool can't deliver: for good, until a message arrives again; or for now, several times in a row.
with

events as (

    select
        coalesce(email, phone) as address,
        event,
        occurred_at
    from {{ ref('stg_campanyes__events') }}
    where coalesce(email, phone) is not null

),

arrivals as (

    select
        address,
        max(occurred_at) filter (where event in ('delivered', 'opened', 'clicked')) as last_arrival_at,
        max(occurred_at) filter (where event = 'bounced_hard') as last_hard_at
    from events
    group by address

),

counted as (

    select
        arrivals.address,
        arrivals.last_arrival_at,
        arrivals.last_hard_at,
        count(*) filter (
            where events.event = 'bounced_soft'
            and coalesce(events.occurred_at > arrivals.last_arrival_at, true)
        ) as soft_bounces,
        max(events.occurred_at) filter (where events.event = 'bounced_soft') as last_soft_at
    from arrivals
    inner join events on arrivals.address = events.address
    group by all

)

select
    address,
    if(coalesce(last_hard_at > last_arrival_at, last_hard_at is not null), last_hard_at, null) as bounced_hard_at,
    if(soft_bounces >= {{ var('soft_bounces') }}, last_soft_at, null) as bounced_soft_at
from counted
where
    coalesce(last_hard_at > last_arrival_at, last_hard_at is not null)
    or soft_bounces >= {{ var('soft_bounces') }}

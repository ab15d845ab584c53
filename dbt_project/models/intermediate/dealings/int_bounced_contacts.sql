-- Addresses where messages bounced: permanently, until a message arrives again; or temporarily, several times in a
-- row. A bounce takes effect like a refusal and an arrival like a consent, so a wrong clock does no harm.
with

campanyes_events as not materialized (

    select * from {{ ref('stg_campanyes__events') }}

),

quarantined as (

    select * from {{ ref('stg_campanyes__quarantined') }}

),

extracts as (

    select * from {{ ref('int_consent_extracts') }}

),

shared_contacts as (

    select * from {{ ref('int_shared_contacts') }}

),

reports as (

    select
        message_id,
        if(
            event in ('bounced_hard', 'bounced_soft') and len(addresses) > 0,
            addresses,
            list_filter([coalesce({{ comparable_email('email') }}, phone)], lambda address: address is not null)
        ) as addresses,
        event,
        occurred_at,
        told_on
    from campanyes_events
    where event in ('delivered', 'opened', 'clicked', 'bounced_hard', 'bounced_soft')
    union all by name
    select
        message_id,
        addresses,
        event,
        occurred_at,
        told_on
    from quarantined
    where event = 'bounced_hard'

),

unaddressed as (

    select *
    from reports
    where event = 'bounced_hard' and len(addresses) = 0

),

-- For a bounce without an address, the address of its message.
sent as (

    select
        events.message_id,
        list_distinct(flatten(list(events.addresses))) as addresses
    from campanyes_events as events
    semi join unaddressed
        on events.message_id = unaddressed.message_id
    group by events.message_id

),

events as (

    select
        unnest(
            if(reports.event = 'bounced_hard' and len(reports.addresses) = 0, sent.addresses, reports.addresses)
        ) as address,
        reports.event,
        case
            when reports.event in ('bounced_hard', 'bounced_soft')
                then {{ no_counts_from('reports.occurred_at', 'reports.told_on', 'extracts.extract_before') }}
            else {{ yes_counts_from('reports.occurred_at', 'reports.told_on') }}
        end as occurred_at
    from reports
    left join sent on reports.message_id = sent.message_id
    left join extracts
        on extracts.source = 'campanyes' and reports.told_on = extracts.extract_date

),

arrivals as (

    select
        address,
        max(occurred_at) filter (where event in ('delivered', 'opened', 'clicked')) as last_arrival_at,
        max(occurred_at) filter (where event = 'bounced_hard') as last_hard_at
    from events
    where address is not null
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

),

bounced as (

    select
        address,
        if(coalesce(last_hard_at > last_arrival_at, last_hard_at is not null), last_hard_at, null) as bounced_hard_at,
        if(soft_bounces >= {{ var('soft_bounces') }}, last_soft_at, null) as bounced_soft_at
    from counted
    where
        coalesce(last_hard_at > last_arrival_at, last_hard_at is not null)
        or soft_bounces >= {{ var('soft_bounces') }}

),

-- The spelling in the sources, for the few domains with letters beyond ASCII.
written as (

    select
        value,
        {{ comparable_email('value') }} as address
    from shared_contacts
    where kind = 'email' and (value != {{ comparable_email('value') }})

),

final as (

    select
        bounced.bounced_hard_at,
        bounced.bounced_soft_at,
        coalesce(written.value, bounced.address) as address
    from bounced
    left join written on bounced.address = written.address

)

select * from final

-- Who unsubscribes, by the id that was exported and by the address: one row per event and address that it may mean. An
-- event without one is of the address that its message went to.
with

events as not materialized (

    select * from {{ ref('stg_campanyes__events') }}

),

quarantined as (

    select * from {{ ref('stg_campanyes__quarantined') }}

),

extracts as (

    select * from {{ ref('int_consent_extracts') }}

),

told as (

    select
        record_id as evidence,
        exported_person_id,
        message_id,
        segment,
        channel,
        addresses,
        occurred_at,
        told_on
    from events
    where event = 'unsubscribed'
    union all by name
    select
        place as evidence,
        exported_person_id,
        message_id,
        segment,
        channel,
        addresses,
        occurred_at,
        told_on
    from quarantined
    where event = 'unsubscribed'

),

unaddressed as (

    select *
    from told
    where len(addresses) = 0

),

-- Read for these messages alone: the sources tell millions.
sent as (

    select
        events.message_id,
        list_distinct(flatten(list(events.addresses))) as addresses
    from events
    semi join unaddressed
        on events.message_id = unaddressed.message_id
    group by events.message_id

),

addressed as (

    select
        told.* exclude (addresses),
        if(len(told.addresses) > 0, told.addresses, coalesce(sent.addresses, told.addresses)) as addresses
    from told
    left join sent on told.message_id = sent.message_id

),

final as (

    select
        addressed.* exclude (addresses),
        unnest(if(len(addressed.addresses) > 0, addressed.addresses, cast([null] as varchar[]))) as address,
        {{ no_counts_from('addressed.occurred_at', 'addressed.told_on', 'extracts.extract_before') }} as counts_from
    from addressed
    left join extracts
        on extracts.source = 'campanyes' and addressed.told_on = extracts.extract_date

)

select * from final

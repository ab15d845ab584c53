-- Unsubscriptions, with the exported id and the address: one row per event and address that it may mean. An event
-- without an address takes the address of its message.
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

opt_outs as (

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

-- Only for these messages: the source has millions.
sent as (

    select
        events.message_id,
        min(events.occurred_at) as sent_at,
        list_distinct(flatten(list(events.addresses))) as addresses
    from events
    semi join opt_outs
        on events.message_id = opt_outs.message_id
    group by events.message_id

),

addressed as (

    select
        opt_outs.* exclude (addresses),
        least(sent.sent_at, opt_outs.occurred_at) as sent_at,
        if(len(opt_outs.addresses) > 0, opt_outs.addresses, coalesce(sent.addresses, opt_outs.addresses)) as addresses
    from opt_outs
    left join sent on opt_outs.message_id = sent.message_id

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

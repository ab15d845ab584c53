-- E-mails where several messages arrived, and were not opened, since the last one that was opened.
with

events as (

    select * from {{ ref('stg_campanyes__events') }}

),

messages as (

    select
        coalesce(email, phone) as address,
        message_id,
        max(occurred_at) filter (where event = 'delivered') as delivered_at,
        max(occurred_at) filter (where event in ('opened', 'clicked')) as opened_at
    from events
    where channel = 'EMAIL' and coalesce(email, phone) is not null
    group by all

),

opened as (

    select
        address,
        max(opened_at) as last_opened_at
    from messages
    group by address

),

final as (

    select
        messages.address,
        count(*) as unread_messages,
        max(messages.delivered_at) as last_delivered_at
    from messages
    inner join opened on messages.address = opened.address
    where
        messages.delivered_at is not null
        and messages.opened_at is null
        and coalesce(messages.delivered_at > opened.last_opened_at, true)
    group by messages.address
    having count(*) >= {{ var('cold_after_unread') }}

)

select * from final

-- How many messages arrived and were opened, in counts that may be shown. Each count is rounded by itself, so that a
-- total and its parts never add up to a hidden count. Rates are of the shown counts, because exact rates would reveal
-- the exact counts.
with

events as (

    select * from {{ ref('campaign_events') }}

),

persons as (

    select * from {{ ref('persons') }}

),

segments as (

    select * from {{ ref('segments') }}

),

messages as (

    select
        campaign,
        segment,
        channel,
        message_id,
        max(person_id) as person_id,
        bool_or(event in ('delivered', 'opened', 'clicked')) as is_delivered,
        bool_or(event in ('opened', 'clicked')) as is_opened,
        bool_or(event = 'clicked') as is_clicked,
        bool_or(event in ('bounced_hard', 'bounced_soft')) as is_bounced,
        bool_or(event = 'unsubscribed') as is_unsubscribed
    from events
    group by all

),

placed as (

    select
        messages.*,
        persons.barri_code,
        coalesce(segments.small_cell, 5) as small_cell
    from messages
    left join persons on messages.person_id = persons.person_id
    left join segments on messages.segment = segments.segment

),

counted as (

    select
        if(grouping(campaign) = 0, 'campaign', 'segment') || if(grouping(barri_code) = 0, '_barri', '') as cut,
        segment,
        campaign,
        channel,
        barri_code,
        small_cell,
        count(*) as sent,
        count(*) filter (where is_delivered) as delivered,
        count(*) filter (where is_opened) as opened,
        count(*) filter (where is_clicked) as clicked,
        count(*) filter (where is_bounced) as bounced,
        count(*) filter (where is_unsubscribed) as unsubscribed
    from placed
    group by
        grouping sets (
            (segment, channel, small_cell),
            (segment, channel, small_cell, barri_code),
            (segment, channel, small_cell, campaign),
            (segment, channel, small_cell, campaign, barri_code)
        )

),

shown as (

    select
        cut,
        segment,
        campaign,
        channel,
        barri_code,
        {{ shown_count('sent', 'small_cell') }} as sent,
        {{ shown_count('delivered', 'small_cell') }} as delivered,
        -- Only of e-mails is it known that they were opened.
        if(channel = 'EMAIL', {{ shown_count('opened', 'small_cell') }}, null) as opened,
        if(channel = 'EMAIL', {{ shown_count('clicked', 'small_cell') }}, null) as clicked,
        {{ shown_count('bounced', 'small_cell') }} as bounced,
        {{ shown_count('unsubscribed', 'small_cell') }} as unsubscribed
    from counted

),

final as (

    select
        *,
        round(opened / nullif(delivered, 0), 3) as open_rate
    from shown

)

select * from final

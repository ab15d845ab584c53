-- The extracts of each source with consents or unsubscriptions, each with the date of the extract before.
with

atencions as (

    select * from {{ ref('stg_atencions__atencions') }}

),

atencions_quarantined as (

    select * from {{ ref('stg_atencions__quarantined') }}

),

decisions as (

    select * from {{ ref('stg_consentiments__decisions') }}

),

consentiments_quarantined as (

    select * from {{ ref('stg_consentiments__quarantined') }}

),

events as (

    select * from {{ ref('stg_campanyes__events') }}

),

campanyes_quarantined as (

    select * from {{ ref('stg_campanyes__quarantined') }}

),

extract_dates as (

    select
        'atencions' as source,
        unnest([extract_date, told_on]) as extract_date
    from atencions
    union
    select
        'atencions' as source,
        told_on as extract_date
    from atencions_quarantined
    union
    select
        'consentiments' as source,
        unnest([extract_date, told_on]) as extract_date
    from decisions
    union
    select
        'consentiments' as source,
        told_on as extract_date
    from consentiments_quarantined
    union
    select
        'campanyes' as source,
        unnest([extract_date, told_on]) as extract_date
    from events
    union
    select
        'campanyes' as source,
        told_on as extract_date
    from campanyes_quarantined

),

final as (

    select
        source,
        extract_date,
        lag(extract_date) over (partition by source order by extract_date) as extract_before
    from extract_dates

)

select * from final

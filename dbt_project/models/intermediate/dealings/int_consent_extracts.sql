-- The extracts of each source that tells consents or unsubscriptions, each with the one before it.
with

told as (

    select
        'atencions' as source,
        unnest([extract_date, told_on]) as extract_date
    from {{ ref('stg_atencions__atencions') }}
    union
    select
        'atencions' as source,
        told_on as extract_date
    from {{ ref('stg_atencions__quarantined') }}
    union
    select
        'consentiments' as source,
        unnest([extract_date, told_on]) as extract_date
    from {{ ref('stg_consentiments__decisions') }}
    union
    select
        'consentiments' as source,
        told_on as extract_date
    from {{ ref('stg_consentiments__quarantined') }}
    union
    select
        'campanyes' as source,
        unnest([extract_date, told_on]) as extract_date
    from {{ ref('stg_campanyes__events') }}
    union
    select
        'campanyes' as source,
        told_on as extract_date
    from {{ ref('stg_campanyes__quarantined') }}

)

select
    source,
    extract_date,
    lag(extract_date) over (partition by source order by extract_date) as extract_before
from told

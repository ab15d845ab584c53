-- A withdrawal that names nobody and shows no document is of its addresses: it counts for everybody who ever told one
-- of them, under whatever spelling.
with

consent_events as (

    select * from {{ ref('int_consent_events') }}

),

consentiments_quarantined as (

    select * from {{ ref('stg_consentiments__quarantined') }}

),

atencions_quarantined as (

    select * from {{ ref('stg_atencions__quarantined') }}

),

told as (

    select
        evidence,
        source,
        purpose,
        service,
        channel,
        text_version,
        addresses,
        decided_at,
        told_on
    from consent_events
    where state != 'given' and len(addresses) > 0
    {% for quarantined in ['consentiments_quarantined', 'atencions_quarantined'] %}
        union all by name
        select
            place as evidence,
            source,
            unnest(refused_purposes) as purpose,
            service,
            channel,
            consent_text_version as text_version,
            addresses,
            occurred_at as decided_at,
            told_on
        from {{ quarantined }}
        where len(addresses) > 0
    {% endfor %}

),

addresses as (

    select distinct
        evidence,
        unnest(addresses) as address
    from told

),

tellers as (

    {{ people_with_addresses('addresses') }}

),

final as (

    select
        md5(concat_ws('|', 'address', told.evidence, told.purpose, tellers.person_id)) as consent_event_id,
        tellers.person_id,
        told.purpose,
        told.service,
        told.source,
        'withdrawn' as state,
        told.channel,
        told.text_version,
        told.evidence,
        told.decided_at,
        told.told_on
    from told
    inner join tellers on told.evidence = tellers.evidence

)

select * from final

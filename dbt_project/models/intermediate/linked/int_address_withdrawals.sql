-- A withdrawal without name and document is linked by its addresses: it applies to everyone who ever gave one of them,
-- in any spelling.
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

withdrawals as (

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
    where state != 'given' and is_nobody_named and len(addresses) > 0
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
        where is_nobody_named and len(addresses) > 0
    {% endfor %}

),

addresses as (

    select distinct
        evidence,
        unnest(addresses) as address
    from withdrawals

),

people as (

    {{ people_with_addresses('addresses') }}

),

final as (

    select
        md5(concat_ws('|', 'address', withdrawals.evidence, withdrawals.purpose, people.person_id)) as consent_event_id,
        people.person_id,
        withdrawals.purpose,
        withdrawals.service,
        withdrawals.source,
        'withdrawn' as state,
        withdrawals.channel,
        withdrawals.text_version,
        withdrawals.evidence,
        withdrawals.decided_at,
        withdrawals.told_on
    from withdrawals
    inner join people on withdrawals.evidence = people.evidence

)

select * from final

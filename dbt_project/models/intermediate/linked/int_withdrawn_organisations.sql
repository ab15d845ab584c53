-- Organisations that want no more messages: by an unsubscription with their id, or by a withdrawal of communications
-- with their NIF, or with one of their addresses if it names nobody else.
with

keys as (

    select * from {{ ref('int_organisation_keys') }}

),

unsubscriptions as (

    select * from {{ ref('int_unsubscriptions') }}

),

ids as (

    select * from {{ ref('int_unsubscribed_ids') }}

),

consent_events as (

    select * from {{ ref('int_consent_events') }}

),

mention_values as (

    select * from {{ ref('int_mention_values') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

extracts as (

    select * from {{ ref('int_consent_extracts') }}

),

consentiments_quarantined as (

    select * from {{ ref('stg_consentiments__quarantined') }}

),

atencions_quarantined as (

    select * from {{ ref('stg_atencions__quarantined') }}

),

refusals as (

    select
        events.evidence,
        events.source,
        events.service,
        events.decided_at,
        events.told_on,
        {{ words_with_documents(
            'mentions.document_raw', ['mentions.given_name', 'mentions.surname_1', 'mentions.surname_2']
        ) }} as words_with_documents,
        if(
            events.is_nobody_named or links.person_id is null or links.is_doubted,
            events.addresses,
            cast([] as varchar[])
        ) as addresses
    from consent_events as events
    left join mention_values as mentions on events.evidence = mentions.mention_id
    left join links on events.evidence = links.mention_id
    where events.state != 'given' and events.purpose = 'communications'

),

withdrawals as (

    select
        evidence,
        source,
        service,
        decided_at,
        told_on,
        {{ documents_meant('words_with_documents') }} as documents,
        addresses
    from refusals
    {% for quarantined in ['consentiments_quarantined', 'atencions_quarantined'] %}
        union all by name
        select
            place as evidence,
            source,
            service,
            occurred_at as decided_at,
            told_on,
            documents,
            addresses
        from {{ quarantined }}
        where list_contains(refused_purposes, 'communications')
    {% endfor %}

),

named as (

    select
        * exclude (documents, addresses),
        'document' as kind,
        unnest(list_distinct(documents || list_transform(
            documents, lambda document: regexp_replace(document, '^ES([A-Z][0-9])', '\1')
        ))) as value
    from withdrawals
    union all
    select
        * exclude (documents, addresses),
        'address' as kind,
        unnest(addresses) as value
    from withdrawals

),

withdrawn as (

    select
        keys.organisation_id,
        named.service,
        {{ no_counts_from('named.decided_at', 'named.told_on', 'extracts.extract_before') }} as counts_from
    from named
    inner join keys on named.kind = keys.kind and named.value = keys.value
    left join extracts on named.source = extracts.source and named.told_on = extracts.extract_date
    union all
    select
        ids.organisation_id,
        cast(null as varchar) as service,
        unsubscriptions.counts_from
    from unsubscriptions
    inner join ids on {{ is_meant_by_id('unsubscriptions', 'ids') }}
    where ids.organisation_id is not null

),

final as (

    select
        organisation_id,
        service,
        cast(max(counts_from) as date) as withdrawn_on
    from withdrawn
    group by organisation_id, service

)

select * from final

with

atencions as (

    select * from {{ ref('stg_atencions__atencions') }}

),

decisions as (

    select * from {{ ref('stg_consentiments__decisions') }}

),

events as (

    select
        record_id,
        'consentiments' as source,
        purpose,
        service,
        state,
        channel,
        consent_text_version as text_version,
        reference,
        is_by_guardian,
        coalesce(given_name, surname_1, surname_2) is not null as is_named,
        addresses,
        is_nobody_named,
        told_on,
        decided_at
    from decisions
    {% for purpose in ['integration', 'communications', 'surveys'] %}
        union all by name
        select
            record_id,
            'atencions' as source,
            '{{ purpose }}' as purpose,
            {{ purpose }}_consent as state,
            channel,
            consent_text_version as text_version,
            coalesce(given_name, surname_1, surname_2) is not null as is_named,
            addresses,
            is_nobody_named,
            told_on,
            occurred_at as decided_at,
            false as is_by_guardian
        from atencions
    {% endfor %}

),

final as (

    select
        md5(record_id || '|' || purpose) as consent_event_id,
        record_id as evidence,
        source,
        reference,
        purpose,
        service,
        state,
        channel,
        text_version,
        is_named,
        is_by_guardian,
        addresses,
        is_nobody_named,
        told_on,
        decided_at
    from events
    where state is not null

)

select * from final

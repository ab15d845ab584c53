-- Refused rows are linked to nobody, so whoever they could mean is taken to have withdrawn: better one message too few.
with

withdrawals as (

    select * from {{ ref('stg_atencions__quarantined') }}
    union all by name
    select * from {{ ref('stg_consentiments__quarantined') }}

),

mentions as (

    select
        mentions.mention_id,
        links.person_id,
        nullif(ltrim(mentions.document, '0'), '') as document,
        -- As it was written, unless it is one of those that anybody writes.
        if(
            mentions.document is null,
            null,
            ltrim({{ compact_document('mentions.document_raw') }}, '0')
        ) as document_compact,
        mentions.given_name,
        mentions.surname_1,
        mentions.birth_date,
        mentions.street,
        mentions.email,
        mentions.phone
    from {{ ref('int_person_mentions') }} as mentions
    inner join {{ ref('int_person_links') }} as links on mentions.mention_id = links.mention_id
    where links.person_id is not null

),

meant as (

    select
        withdrawals.place,
        mentions.person_id
    from withdrawals
    inner join mentions on withdrawals.record_id = mentions.mention_id
    union
    select
        withdrawals.place,
        mentions.person_id
    from withdrawals
    inner join mentions on withdrawals.document_compact = mentions.document
    union
    select
        withdrawals.place,
        mentions.person_id
    from withdrawals
    inner join mentions on withdrawals.document_compact = mentions.document_compact
    union
    select
        withdrawals.place,
        mentions.person_id
    from withdrawals
    inner join mentions on withdrawals.email = mentions.email
    union
    select
        withdrawals.place,
        mentions.person_id
    from withdrawals
    inner join mentions on withdrawals.phone = mentions.phone
    union
    select
        withdrawals.place,
        mentions.person_id
    from withdrawals
    inner join mentions on withdrawals.surname_1 = mentions.surname_1 and withdrawals.birth_date = mentions.birth_date
    union
    select
        withdrawals.place,
        mentions.person_id
    from withdrawals
    inner join mentions
        on
            withdrawals.given_name = mentions.given_name
            and withdrawals.surname_1 = mentions.surname_1
            and withdrawals.street = mentions.street

),

decided as (

    select
        *,
        unnest(refused_purposes) as purpose
    from withdrawals

)

select
    md5(decided.place || '|' || decided.purpose || '|' || coalesce(meant.person_id, '')) as consent_event_id,
    meant.person_id,
    decided.purpose,
    decided.source,
    'withdrawn' as state,
    decided.channel,
    decided.consent_text_version as text_version,
    decided.place as evidence,
    decided.occurred_at as decided_at
from decided
left join meant on decided.place = meant.place

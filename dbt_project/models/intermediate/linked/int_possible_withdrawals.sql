-- Quarantined rows are not linked, and a withdrawal with too little data links with nothing else. They apply to
-- everyone they could mean: one message too few is better than one too many. Only a plain contradiction rules a person
-- out.
with

links as (

    select * from {{ ref('int_person_links') }}

),

events as (

    select * from {{ ref('int_consent_events') }}

),

mention_values as (

    select * from {{ ref('int_mention_values') }}

),

atencions_quarantined as (

    select * from {{ ref('stg_atencions__quarantined') }}

),

consentiments_quarantined as (

    select * from {{ ref('stg_consentiments__quarantined') }}

),

person_mentions as (

    select * from {{ ref('int_person_mentions') }}

),

linked_mentions as (

    select
        links.person_id,
        count(*) as mention_count
    from links
    where links.person_id is not null
    group by all

),

-- Accepted rows that are their person's only mention, belong to nobody, or have a doubted link.
unlinked as (

    select
        events.evidence as record_id,
        'decision ' || events.evidence as place,
        events.source,
        events.decided_at as occurred_at,
        events.told_on,
        events.service,
        {{ words_with_documents(
            'mentions.document_raw', ['mentions.given_name', 'mentions.surname_1', 'mentions.surname_2']
        ) }} as words_with_documents,
        {{ normalise_name('mentions.given_name') }} as given_name,
        {{ normalise_name('mentions.surname_1') }} as surname_1,
        {{ normalise_name('mentions.surname_2') }} as surname_2,
        mentions.birth_date,
        {{ normalise_street('mentions.street') }} as street,
        events.addresses,
        events.channel,
        events.text_version as consent_text_version,
        events.is_by_guardian,
        list(distinct events.purpose order by events.purpose) as refused_purposes
    from events
    inner join mention_values as mentions on events.evidence = mentions.mention_id
    left join links on events.evidence = links.mention_id
    left join linked_mentions on links.person_id = linked_mentions.person_id
    where
        events.state != 'given'
        and (links.person_id is null or links.is_doubted or linked_mentions.mention_count = 1)
    group by all

),

documented as (

    select
        * exclude (words_with_documents),
        {{ documents_meant('words_with_documents') }} as documents
    from unlinked

),

withdrawals as (

    select
        *,
        true as is_refused,
        false as is_by_guardian
    from atencions_quarantined
    union all by name
    select
        *,
        true as is_refused
    from consentiments_quarantined
    union all by name
    select
        *,
        false as is_refused
    from documented

),

mentions as (

    select
        mention_id,
        nullif(ltrim(document, '0'), '') as document,
        {{ document_digits("ltrim(document, '0')") }} as document_digits,
        -- The document as written, unless it is a placeholder.
        if(document is null, null, ltrim({{ compact_document('document_raw') }}, '0')) as document_compact,
        given_name,
        surname_1,
        surname_2,
        birth_date,
        street,
        {{ comparable_email('email') }} as email,
        phone
    from person_mentions

),

keys_of_withdrawals as (

    select
        place,
        unnest({{ keys_of_withdrawal('withdrawals') }}) as meaning
    from withdrawals

),

keys_of_mentions as (

    select
        mention_id,
        unnest({{ keys_of_mention('mentions') }}) as meaning
    from mentions

),

-- One join for all ways of comparison, so that the millions of mentions are read once.
meant_mentions as (

    select
        keys_of_withdrawals.place,
        keys_of_mentions.mention_id,
        {{ is_shared_way('keys_of_withdrawals.meaning') }} as is_of_shared_way
    from keys_of_mentions
    inner join keys_of_withdrawals on keys_of_mentions.meaning = keys_of_withdrawals.meaning

),

possible as (

    select
        meant_mentions.place,
        links.person_id,
        bool_and(meant_mentions.is_of_shared_way) as is_of_shared_way
    from meant_mentions
    inner join links on meant_mentions.mention_id = links.mention_id
    where links.person_id is not null
    group by meant_mentions.place, links.person_id

),

-- People whom another valid document may rule out, and guardians, whose document or address a child's row may have.
doubtful as (

    select
        possible.place,
        possible.person_id,
        possible.is_of_shared_way,
        withdrawals.is_by_guardian,
        withdrawals.record_id,
        withdrawals.given_name,
        withdrawals.surname_1,
        withdrawals.surname_2,
        withdrawals.birth_date
    from possible
    inner join withdrawals on possible.place = withdrawals.place
    where
        withdrawals.is_by_guardian
        or (
            possible.is_of_shared_way
            and len(list_filter(
                withdrawals.documents, lambda document: {{ is_valid_personal_number('document') }}
            )) > 0
        )

),

compared as (

    select
        doubtful.place,
        doubtful.person_id,
        doubtful.is_of_shared_way,
        doubtful.is_by_guardian,
        coalesce(bool_or({{ is_valid_personal_number('mentions.document') }}), false) as has_document,
        not bool_or({{ may_be_one_birth('doubtful.birth_date', 'mentions.birth_date') }}) as is_born_otherwise,
        not bool_or({{ may_be_one_given_name('doubtful', 'mentions.given_name') }}) as is_named_otherwise
    from doubtful
    inner join links on doubtful.person_id = links.person_id
    inner join mentions
        on links.mention_id = mentions.mention_id and mentions.mention_id is distinct from doubtful.record_id
    group by all

),

ruled_out as (

    select
        place,
        person_id
    from compared
    where
        -- None of the row's documents is this person's, or they would have a document in common.
        (is_of_shared_way and has_document and coalesce(is_born_otherwise or is_named_otherwise, false))
        or (is_by_guardian and is_born_otherwise and is_named_otherwise)

),

meant as (

    select
        possible.place,
        possible.person_id
    from possible
    anti join ruled_out on possible.place = ruled_out.place and possible.person_id = ruled_out.person_id

),

decided as (

    select
        *,
        unnest(refused_purposes) as purpose
    from withdrawals

),

final as (

    select
        md5(decided.place || '|' || decided.purpose || '|' || coalesce(meant.person_id, '')) as consent_event_id,
        meant.person_id,
        decided.purpose,
        decided.service,
        decided.source,
        'withdrawn' as state,
        decided.channel,
        decided.consent_text_version as text_version,
        -- For an accepted row its record, for a quarantined one its place.
        if(decided.is_refused, decided.place, decided.record_id) as evidence,
        decided.occurred_at as decided_at,
        decided.told_on
    from decided
    left join meant on decided.place = meant.place

)

select * from final

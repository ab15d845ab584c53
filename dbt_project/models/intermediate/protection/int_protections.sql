-- The mentions that a protection could mean, by inscription or document: one person too many is better than one person
-- exposed. A protection applies as soon as it has landed, even before its first day, and after its inscription has left
-- the Padró.
with

proteccions as (

    select * from {{ ref('stg_proteccions__proteccions') }}

),

business_day as (

    select * from {{ ref('int_business_date') }}

),

quarantined as (

    select * from {{ ref('stg_proteccions__quarantined') }}

),

person_mentions as (

    select * from {{ ref('int_person_mentions') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

absent_links as (

    select * from {{ ref('stg_linkage__absent_links') }}

),

current_ids as (

    select * from {{ ref('int_current_person_ids') }}

),

in_force as (

    select
        'proteccions ' || proteccions.source_key as place,
        list_filter(
            [proteccions.padro_person_id, proteccions.other_padro_person_id], lambda person_id: person_id is not null
        ) as padro_person_ids,
        proteccions.documents
    from proteccions
    cross join business_day
    where coalesce(proteccions.ends_on >= business_day.business_date, true)
    union all
    select
        place,
        list_filter([padro_person_id], lambda person_id: person_id is not null) as padro_person_ids,
        documents
    from quarantined

),

inscribed as (

    select
        place,
        unnest(padro_person_ids) as padro_person_id
    from in_force

),

documented as (

    select
        place,
        unnest(documents) as document
    from in_force

),

mentions as (

    select
        mention_id,
        source,
        source_key,
        nullif(ltrim(document, '0'), '') as document,
        -- The document as written, if it differs and is not a placeholder.
        if(document is null or document = document_raw, null, {{ comparable_document('document_raw') }})
            as document_compact,
        if(document_type in ('DNI', 'NIE'), left(ltrim(document, '0'), -1), null) as document_digits
    from person_mentions

),

meant as (

    select
        inscribed.place,
        mentions.mention_id
    from inscribed
    inner join mentions on inscribed.padro_person_id = mentions.source_key and mentions.source = 'padro'
    union
    select
        inscribed.place,
        links.mention_id
    from inscribed
    inner join absent_links on md5('padro|' || inscribed.padro_person_id) = absent_links.mention_id
    inner join current_ids on absent_links.person_id = current_ids.issued_id
    inner join links on current_ids.person_id = links.person_id
    union
    select
        documented.place,
        mentions.mention_id
    from documented
    inner join mentions on documented.document = mentions.document
    union
    select
        documented.place,
        mentions.mention_id
    from documented
    inner join mentions on documented.document = mentions.document_compact
    union
    select
        documented.place,
        mentions.mention_id
    from documented
    inner join mentions on nullif({{ document_digits('documented.document') }}, '') = mentions.document_digits

),

final as (

    select distinct
        in_force.place,
        meant.mention_id
    from in_force
    left join meant on in_force.place = meant.place

)

select * from final

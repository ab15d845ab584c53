-- The mentions that a protection could mean, by inscription or document: one person too many is better than one person
-- exposed. A protection applies as soon as it has landed, even before its first day.
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

in_force as (

    select
        'proteccions ' || proteccions.source_key as place,
        proteccions.padro_person_id,
        proteccions.document_compact
    from proteccions
    cross join business_day
    where coalesce(proteccions.ends_on >= business_day.business_date, true)
    union all
    select
        place,
        padro_person_id,
        document_compact
    from quarantined

),

protections as (

    select
        *,
        nullif({{ document_digits('document_compact') }}, '') as document_digits
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
        protections.place,
        mentions.mention_id
    from protections
    inner join mentions on protections.padro_person_id = mentions.source_key and mentions.source = 'padro'
    union
    select
        protections.place,
        mentions.mention_id
    from protections
    inner join mentions on protections.document_compact = mentions.document
    union
    select
        protections.place,
        mentions.mention_id
    from protections
    inner join mentions on protections.document_compact = mentions.document_compact
    union
    select
        protections.place,
        mentions.mention_id
    from protections
    inner join mentions on protections.document_digits = mentions.document_digits

),

final as (

    select distinct
        protections.place,
        meant.mention_id
    from protections
    left join meant on protections.place = meant.place

)

select * from final

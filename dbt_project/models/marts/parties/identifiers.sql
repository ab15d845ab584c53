with

mentions as (

    select * from {{ ref('int_mention_values') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

link_only_sources as (

    select * from {{ ref('stg_run__link_only_sources') }}

),

organisation_mentions as (

    select * from {{ ref('int_organisation_mentions') }}

),

organisation_links as (

    select * from {{ ref('stg_linkage__organisation_links') }}

),

documented as (

    select
        links.person_id,
        mentions.document_type as type,
        mentions.document as number,
        mentions.document_country as country,
        bool_or(mentions.is_document_valid) as is_valid,
        min(cast(mentions.observed_at as date)) as valid_from,
        max(mentions.last_seen_date) as last_seen_date
    from mentions
    inner join links on mentions.mention_id = links.mention_id
    anti join link_only_sources on mentions.source = link_only_sources.source
    -- A CIF is a company's, even in a person's record.
    where links.person_id is not null and mentions.document is not null and mentions.document_type != 'CIF'
    group by links.person_id, mentions.document_type, mentions.document, mentions.document_country

),

of_organisations as (

    select
        organisation_links.organisation_id,
        mentions.nif as number,
        bool_or(mentions.is_nif_valid) as is_valid,
        min(cast(mentions.observed_at as date)) as valid_from,
        max(mentions.last_seen_date) as last_seen_date
    from organisation_mentions as mentions
    inner join organisation_links
        on mentions.mention_id = organisation_links.mention_id
    where organisation_links.organisation_id is not null and mentions.nif is not null
    group by organisation_links.organisation_id, mentions.nif

),

ordered as (

    select
        *,
        row_number() over (
            partition by person_id, type
            order by is_valid desc, last_seen_date desc, number asc, country asc nulls last
        ) as recency,
        bool_or(is_valid and type = 'DNI') over (partition by person_id) as has_valid_dni
    from documented

),

judged as (

    select
        *,
        -- After a DNI, the person's NIE is kept as a former document.
        recency = 1 and (type = 'DNI' or not has_valid_dni or type = 'PASSPORT') as is_current
    from ordered

),

final as (

    select
        person_id,
        cast(null as varchar) as organisation_id,
        type,
        number,
        country,
        is_valid,
        valid_from,
        if(is_current, null, last_seen_date) as valid_to,
        is_current
    from judged
    union all
    select
        cast(null as varchar) as person_id,
        organisation_id,
        'CIF' as type,
        number,
        'ES' as country,
        is_valid,
        valid_from,
        if(is_current, null, last_seen_date) as valid_to,
        is_current
    from (
        select
            *,
            row_number() over (
                partition by organisation_id
                order by is_valid desc, last_seen_date desc, number asc
            ) = 1 as is_current
        from of_organisations
    ) as numbered

)

select * from final

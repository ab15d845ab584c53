with

mentions as (

    select * from {{ ref('int_mention_values') }}

),

links as (

    select * from {{ ref('int_person_links') }}

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
    -- A CIF is a company's, whoever writes it on a form of their own.
    where links.person_id is not null and mentions.document is not null and mentions.document_type != 'CIF'
    group by links.person_id, mentions.document_type, mentions.document, mentions.document_country

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
        -- Who was given a DNI keeps the NIE as a former key.
        recency = 1 and (type = 'DNI' or not has_valid_dni or type = 'PASSPORT') as is_current
    from ordered

)

select
    person_id,
    type,
    number,
    country,
    is_valid,
    valid_from,
    if(is_current, null, last_seen_date) as valid_to,
    is_current
from judged

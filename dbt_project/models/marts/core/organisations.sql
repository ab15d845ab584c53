-- The tax register's word first, then the latest; a number that checks before one that does not.
with

mentions as (

    select * from {{ ref('int_organisation_mentions') }}

),

links as (

    select * from {{ ref('stg_linkage__organisation_links') }}

),

ranked as (

    select
        links.organisation_id,
        mentions.*,
        links.confidence,
        row_number() over (
            partition by links.organisation_id
            order by
                mentions.is_register desc,
                mentions.is_nif_valid desc,
                mentions.observed_at desc,
                mentions.mention_id asc
        ) as standing
    from mentions
    inner join links on mentions.mention_id = links.mention_id
    where links.organisation_id is not null

)

select
    organisation_id,
    arg_min(nif, standing - if(is_nif_valid, 1000000, 0)) filter (where nif is not null) as nif,
    bool_or(is_nif_valid) as is_nif_valid,
    arg_min(legal_name_raw, standing) filter (where legal_name_raw is not null) as legal_name,
    arg_min(legal_form, standing) filter (where legal_form is not null) as legal_form,
    case left(arg_min(nif, standing) filter (where is_nif_valid), 1)
        when 'A' then 'COMPANY' when 'B' then 'COMPANY' when 'C' then 'COMPANY' when 'D' then 'COMPANY'
        when 'F' then 'COOPERATIVE' when 'G' then 'ASSOCIATION_OR_FOUNDATION' when 'H' then 'OWNERS_COMMUNITY'
        when 'P' then 'LOCAL_ADMINISTRATION' when 'Q' then 'PUBLIC_BODY' when 'S' then 'PUBLIC_BODY'
        when 'R' then 'RELIGIOUS_BODY' when 'U' then 'TEMPORARY_UNION' when 'N' then 'FOREIGN_ENTITY'
        when 'W' then 'FOREIGN_ENTITY' else 'OTHER'
    end as type,
    arg_min(concat_ws(' ', street, street_number), standing) filter (where street is not null) as address,
    arg_min(postcode, standing) filter (where street is not null) as postcode,
    min(first_seen_date) as first_seen_date,
    max(last_seen_date) as last_seen_date,
    count(distinct source) as source_count,
    count(*) as mention_count,
    round(min(confidence), 6) as confidence
from ranked
group by organisation_id

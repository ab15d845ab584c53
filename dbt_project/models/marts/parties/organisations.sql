-- The tax register's value first, then the latest; a valid NIF before an invalid one.
with

mentions as (

    select * from {{ ref('int_organisation_mentions') }}

),

links as (

    select * from {{ ref('stg_linkage__organisation_links') }}

),

mention_addresses as (

    select * from {{ ref('int_mention_addresses') }}

),

addresses as (

    select * from {{ ref('int_addresses') }}

),

protected_organisations as (

    select * from {{ ref('int_protected_organisations') }}

),

ranked as (

    select
        links.organisation_id,
        mentions.*,
        addresses.district_code,
        links.cluster_confidence,
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
    left join mention_addresses on mentions.mention_id = mention_addresses.mention_id
    left join addresses on mention_addresses.address_id = addresses.address_id
    where links.organisation_id is not null

),

united as (

    select
        organisation_id,
        coalesce(
            arg_min(nif, standing) filter (where is_nif_valid),
            arg_min(nif, standing) filter (where nif is not null)
        ) as nif,
        bool_or(is_nif_valid) as is_nif_valid,
        arg_min(legal_name_raw, standing) filter (where legal_name_raw is not null) as legal_name,
        arg_min(legal_form, standing) filter (where legal_form is not null) as legal_form,
        arg_min(concat_ws(' ', street, street_number), standing) filter (where street is not null) as address,
        arg_min(postcode, standing) filter (where street is not null) as postcode,
        arg_min_null(district_code, standing) filter (where street is not null) as district_code,
        arg_min(email, standing) filter (where email is not null) as email,
        arg_min(phone, standing) filter (where phone is not null) as phone,
        min(first_seen_date) as first_seen_date,
        max(last_seen_date) as last_seen_date,
        count(distinct source) as source_count,
        count(*) as mention_count,
        round(min(cluster_confidence), 6) as confidence
    from ranked
    group by organisation_id

),

protected as (

    select distinct organisation_id from protected_organisations

),

final as (

    select
        united.* replace (
            {{ unless_protected('united.legal_name', by='protected.organisation_id') }},
            {{ unless_protected('united.address', by='protected.organisation_id') }},
            {{ unless_protected('united.postcode', by='protected.organisation_id') }},
            {{ unless_protected('united.district_code', by='protected.organisation_id') }},
            {{ unless_protected('united.email', by='protected.organisation_id') }},
            {{ unless_protected('united.phone', by='protected.organisation_id') }}
        ),
        case
            when left(nif, 1) in ('A', 'B', 'C', 'D') and is_nif_valid then 'COMPANY'
            when left(nif, 1) = 'F' and is_nif_valid then 'COOPERATIVE'
            when left(nif, 1) = 'G' and is_nif_valid then 'ASSOCIATION_OR_FOUNDATION'
            when left(nif, 1) = 'H' and is_nif_valid then 'OWNERS_COMMUNITY'
            when left(nif, 1) = 'P' and is_nif_valid then 'LOCAL_ADMINISTRATION'
            when left(nif, 1) in ('Q', 'S') and is_nif_valid then 'PUBLIC_BODY'
            when left(nif, 1) = 'R' and is_nif_valid then 'RELIGIOUS_BODY'
            when left(nif, 1) = 'U' and is_nif_valid then 'TEMPORARY_UNION'
            when left(nif, 1) in ('N', 'W') and is_nif_valid then 'FOREIGN_ENTITY'
            else 'OTHER'
        end as type
    from united
    left join protected on united.organisation_id = protected.organisation_id

)

select * from final

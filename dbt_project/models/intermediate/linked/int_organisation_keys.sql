-- What a withdrawal may name an organisation by: its NIF, and each address that it ever gave.
with

mentions as (

    select * from {{ ref('int_organisation_mentions') }}

),

links as (

    select * from {{ ref('stg_linkage__organisation_links') }}

),

subscripcions as (

    select * from {{ ref('stg_subscripcions__subscripcions') }}

),

contacts as (

    select
        mention_id,
        email,
        phone
    from mentions
    union all
    -- What is given for a subscription is no contact of the organisation.
    select
        record_id as mention_id,
        email,
        phone
    from subscripcions
    where legal_name is not null

),

named as (

    select
        mention_id,
        'document' as kind,
        ltrim(nif, '0') as value
    from mentions
    union all
    select
        mention_id,
        'address' as kind,
        {{ comparable_email('email') }} as value
    from contacts
    union all
    select
        mention_id,
        'address' as kind,
        phone as value
    from contacts

),

final as (

    select distinct
        links.organisation_id,
        named.kind,
        named.value
    from named
    inner join links on named.mention_id = links.mention_id
    where named.value is not null and links.organisation_id is not null

)

select * from final

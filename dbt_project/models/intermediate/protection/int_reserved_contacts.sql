-- E-mails and telephones that only protected people have, or organisations that they represent.
with

protected as (

    select * from {{ ref('int_protected_holders') }}

),

mentions as (

    select * from {{ ref('int_mention_values') }}

),

organisation_mentions as (

    select * from {{ ref('int_organisation_mentions') }}

),

hidden as (

    select * from {{ ref('int_protected_organisations') }}

),

contacts as (

    select
        mentions.mention_id,
        unnest([mentions.email, mentions.phone]) as address
    from mentions
    union all
    select
        mentions.mention_id,
        unnest([mentions.email, mentions.phone]) as address
    from organisation_mentions as mentions
    semi join hidden on mentions.mention_id = hidden.mention_id

),

final as (

    select contacts.address
    from contacts
    left join protected on contacts.mention_id = protected.mention_id
    where contacts.address is not null
    group by contacts.address
    having bool_and(protected.mention_id is not null)

)

select * from final

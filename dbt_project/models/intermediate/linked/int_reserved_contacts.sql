-- E-mails and telephones that only people tell whose contact is reserved.
with

told as (

    select
        mentions.mention_id,
        unnest([mentions.email, mentions.phone]) as address
    from {{ ref('int_mention_values') }} as mentions

),

protected as (

    select * from {{ ref('int_protected_mentions') }}

)

select told.address
from told
left join protected on told.mention_id = protected.mention_id
where told.address is not null
group by told.address
having bool_and(protected.mention_id is not null)

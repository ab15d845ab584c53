-- Every mention of a person or an organisation is in `mentions`, and none is there twice.
with

counted as (

    select
        mention_id,
        count(*) as times
    from {{ ref('mentions') }}
    group by mention_id

)

select coalesce(named.mention_id, counted.mention_id) as mention_id
from (
    select mention_id from {{ ref('int_person_mentions') }}
    union all
    select mention_id from {{ ref('int_organisation_mentions') }}
) as named
full outer join counted on named.mention_id = counted.mention_id
where named.mention_id is null or counted.times is distinct from 1

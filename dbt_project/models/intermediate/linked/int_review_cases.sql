-- Every case with the size of its sides. A side is a person or organisation, or mentions that belong to nobody yet.
with

person_links as (

    select * from {{ ref('int_person_links') }}

),

organisation_links as (

    select * from {{ ref('stg_linkage__organisation_links') }}

),

interactions as (

    select * from {{ ref('int_interactions') }}

),

mentions as not materialized (

    select * from {{ ref('int_mention_values') }}

),

review_cases as (

    select * from {{ ref('stg_linkage__review_cases') }}

),

deceased_people as (

    select
        links.person_id,
        mentions.mention_id,
        mentions.is_document_valid,
        mentions.last_seen_date as died_on
    from mentions
    inner join person_links as links on mentions.mention_id = links.mention_id
    where mentions.is_deceased and links.person_id is not null
    qualify
        row_number() over (
            partition by links.person_id order by mentions.last_seen_date desc, mentions.mention_id asc
        ) = 1

),

-- People inscribed after their removal as deceased: the same person is alive, or two people were linked.
inscribed_after as (

    select
        deceased_people.person_id,
        deceased_people.mention_id as mention_id_l,
        deceased_people.is_document_valid as is_valid_l,
        mentions.mention_id as mention_id_r,
        mentions.is_document_valid as is_valid_r
    from mentions
    inner join person_links as links on mentions.mention_id = links.mention_id
    inner join deceased_people on links.person_id = deceased_people.person_id
    where mentions.is_live and mentions.first_seen_date > deceased_people.died_on
    qualify
        row_number() over (
            partition by deceased_people.person_id order by mentions.first_seen_date desc, mentions.mention_id asc
        ) = 1

),

cases as (

    select * from review_cases
    union all by name
    select
        'person' as entity,
        'alive_again' as kind,
        'Inscribed again after removal as deceased: one living person, or two people and one is dead' as reason,
        mention_id_l,
        mention_id_r,
        cast(null as double) as match_weight,
        [mention_id_l] as mention_ids_l,
        [mention_id_r] as mention_ids_r,
        false as is_in_review_l,
        false as is_in_review_r,
        cast(1 as bigint) as register_entries_l,
        cast(1 as bigint) as register_entries_r,
        cast(is_valid_l as bigint) as valid_documents_l,
        cast(is_valid_r as bigint) as valid_documents_r
    from inscribed_after

),

links as (

    select
        'person' as entity,
        mention_id,
        person_id as party_id
    from person_links
    union all by name
    select
        'organisation' as entity,
        mention_id,
        organisation_id as party_id
    from organisation_links

),

places as (

    select
        entity,
        mention_id_l,
        mention_id_r,
        'l' as side,
        unnest(mention_ids_l) as mention_id
    from cases
    union all by name
    select
        entity,
        mention_id_l,
        mention_id_r,
        'r' as side,
        unnest(mention_ids_r) as mention_id
    from cases

),

counted as (

    select
        mention_id,
        count(*) as interaction_count
    from interactions
    semi join places on interactions.mention_id = places.mention_id
    group by mention_id

),

sides as (

    select
        places.entity,
        places.mention_id_l,
        places.mention_id_r,
        -- The person, even if some mentions are in review; without a person, the first mention.
        coalesce(
            max(links.party_id) filter (where places.side = 'l'),
            min(places.mention_id) filter (where places.side = 'l')
        )
            as key_l,
        coalesce(
            max(links.party_id) filter (where places.side = 'r'),
            min(places.mention_id) filter (where places.side = 'r')
        )
            as key_r,
        max(links.party_id) filter (where places.side = 'l') as party_id_l,
        max(links.party_id) filter (where places.side = 'r') as party_id_r,
        coalesce(sum(counted.interaction_count) filter (where places.side = 'l'), 0) as interactions_l,
        coalesce(sum(counted.interaction_count) filter (where places.side = 'r'), 0) as interactions_r
    from places
    left join links on places.entity = links.entity and places.mention_id = links.mention_id
    left join counted on places.mention_id = counted.mention_id
    group by places.entity, places.mention_id_l, places.mention_id_r

),

weighed as (

    select
        cases.*,
        sides.party_id_l,
        sides.party_id_r,
        sides.interactions_l,
        sides.interactions_r,
        left(
            sha256(concat_ws('|', cases.entity, least(sides.key_l, sides.key_r), greatest(sides.key_l, sides.key_r))),
            16
        )
            as case_id,
        {{ points_of_side('l') }} as points_l,
        {{ points_of_side('r') }} as points_r
    from cases
    inner join sides
        on
            cases.entity = sides.entity
            and cases.mention_id_l = sides.mention_id_l
            and cases.mention_id_r = sides.mention_id_r

),

final as (

    select
        *,
        least(points_l, points_r) as settles
    from weighed

)

select * from final

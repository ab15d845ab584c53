-- Mentions whose address and contact are reserved: of the people in `proteccions`, of people in their home (it has the
-- same address, but not in a residence or a shelter), and of people who could be one of them without being linked.
with

links as (

    select * from {{ ref('int_person_links') }}

),

mentions as (

    select * from {{ ref('int_person_mentions') }}

),

mention_values as (

    select * from {{ ref('int_mention_values') }}

),

protections as (

    select * from {{ ref('int_protections') }}

),

review_cases as not materialized (

    select * from {{ ref('stg_linkage__review_cases') }}

),

inscriptions as (

    select
        mention_id,
        household_id
    from mention_values
    where is_live and household_id is not null

),

named as (

    select distinct mention_id
    from protections
    where mention_id is not null

),

of_named as (

    {{ mentions_of_the_same('named') }}

),

homes as (

    select household_id
    from inscriptions
    group by household_id
    having count(*) <= {{ var('largest_home') }}

),

at_home as (

    select mention_id from of_named
    union
    select housemates.mention_id
    from of_named
    inner join inscriptions on of_named.mention_id = inscriptions.mention_id
    inner join homes on inscriptions.household_id = homes.household_id
    inner join inscriptions as housemates on homes.household_id = housemates.household_id

),

of_homes as (

    {{ mentions_of_the_same('at_home') }}

),

hidden as (

    select mentions.*
    from mentions
    inner join of_homes on mentions.mention_id = of_homes.mention_id

),

cases as (

    select
        mention_ids_l as one,
        mention_ids_r as other
    from review_cases
    union all
    select
        mention_ids_r as one,
        mention_ids_l as other
    from review_cases

),

-- Mentions that belong to nobody yet and may be theirs.
disputed as (

    select distinct unnest(cases.other) as mention_id
    from (
        select
            unnest(one) as mention_id,
            other
        from cases
    ) as cases
    inner join hidden on cases.mention_id = hidden.mention_id

),

alike as (

    select mention_id from hidden
    union
    select mentions.mention_id
    from mentions
    inner join hidden
        on
            mentions.given_name = hidden.given_name
            and mentions.surname_1 = hidden.surname_1
            and mentions.surname_2 is not distinct from hidden.surname_2
            and mentions.birth_date = hidden.birth_date
    {% for field in ['street', 'email', 'phone'] %}
        union
        select mentions.mention_id
        from mentions
        inner join hidden
            on
                mentions.given_name = hidden.given_name
                and mentions.surname_1 = hidden.surname_1
                and mentions.{{ field }} = hidden.{{ field }}
                and coalesce(mentions.surname_2 = hidden.surname_2, true)
                and coalesce(mentions.birth_date = hidden.birth_date, true)
    {% endfor %}
    -- A mention without a surname may be theirs if it has their address.
    {% for field in ['email', 'phone'] %}
        union
        select mentions.mention_id
        from mentions
        inner join hidden on mentions.{{ field }} = hidden.{{ field }}
        where mentions.surname_1 is null
    {% endfor %}
    union
    select disputed.mention_id
    from disputed
    inner join links on disputed.mention_id = links.mention_id
    where links.person_id is null

),

of_alike as (

    {{ mentions_of_the_same('alike') }}

),

final as (

    select
        of_alike.mention_id,
        links.person_id
    from of_alike
    left join links on of_alike.mention_id = links.mention_id

)

select * from final

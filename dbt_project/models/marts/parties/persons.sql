-- The values of the golden mentions are read separately for each attribute: all together would not fit in memory.
with

attributes as (

    select * from {{ ref('int_ranked_attributes') }}

),

mentions as not materialized (

    select * from {{ ref('int_mention_values') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

business_day as (

    select * from {{ ref('int_business_date') }}

),

places as (

    select * from {{ ref('int_addresses') }}

),

protected as (

    select * from {{ ref('int_protected_persons') }}

),

mention_addresses as (

    select * from {{ ref('int_mention_addresses') }}

),

nameless as (

    select * from {{ ref('int_nameless_persons') }}

),

link_only_sources as (

    select * from {{ ref('stg_run__link_only_sources') }}

),

-- Sources that may only be linked count for the confidence alone.
presence_in_source as (

    select
        links.person_id,
        mentions.source,
        count(link_only_sources.source) = 0 as is_shown,
        min(mentions.first_seen_date) as first_seen_date,
        max(mentions.last_seen_date) as last_seen_date,
        count(*) as mention_count,
        min(links.cluster_confidence) as confidence,
        max(mentions.first_seen_date) filter (where mentions.is_live) as inscribed_on,
        max(mentions.last_seen_date) filter (where mentions.is_deceased) as died_on
    from links
    inner join mentions on links.mention_id = mentions.mention_id
    left join link_only_sources on mentions.source = link_only_sources.source
    where links.person_id is not null
    group by links.person_id, mentions.source

),

-- Sources are counted in two steps: count(distinct) would keep a set for each of millions of people in memory.
presence as (

    select
        person_id,
        min(first_seen_date) filter (where is_shown) as first_seen_date,
        max(last_seen_date) filter (where is_shown) as last_seen_date,
        count(*) filter (where is_shown) as source_count,
        cast(coalesce(sum(mention_count) filter (where is_shown), 0) as bigint) as mention_count,
        round(min(confidence), 6) as confidence,
        max(inscribed_on) is not null as has_live_inscription,
        -- A person inscribed after removal as deceased is alive.
        max(died_on) is not null and not coalesce(max(inscribed_on) > max(died_on), false) as is_deceased
    from presence_in_source
    group by person_id

),

-- A person without a name died if everyone who may be that person died.
of_the_dead as (

    select nameless.person_id
    from nameless
    inner join presence on nameless.other_person_id = presence.person_id
    group by nameless.person_id
    having bool_and(presence.is_deceased)

),

golden as (

    select
        person_id,
        max(mention_id) filter (where attribute = 'name') as name_mention_id,
        max(mention_id) filter (where attribute = 'document') as document_mention_id,
        max(mention_id) filter (where attribute = 'address') as address_mention_id,
        max(value) filter (where attribute = 'sex') as sex,
        max(value) filter (where attribute = 'nationality_code') as nationality_code,
        max(value) filter (where attribute = 'language') as language,
        max(value) filter (where attribute = 'email') as email,
        max(value) filter (where attribute = 'phone') as phone,
        max(value) filter (where attribute = 'household_id') as household_id,
        max(try_cast(value as date)) filter (where attribute = 'birth_date') as birth_date,
        max(try_cast(value as integer)) filter (where attribute = 'birth_year') as birth_year
    from attributes
    where rank = 1
    group by person_id

),

names as materialized (

    select
        golden.person_id,
        mentions.given_name,
        mentions.surname_1,
        mentions.surname_2
    from golden
    inner join mentions on golden.name_mention_id = mentions.mention_id

),

documents as materialized (

    select
        golden.person_id,
        mentions.document_type,
        mentions.document,
        mentions.document_country
    from golden
    inner join mentions on golden.document_mention_id = mentions.mention_id

),

addresses as materialized (

    select
        golden.person_id,
        mentions.street,
        mentions.street_number,
        mentions.postcode,
        coalesce(mentions.district_code, places.district_code) as district_code,
        coalesce(mentions.barri_code, places.barri_code) as barri_code,
        coalesce(mentions.census_section, places.census_section) as census_section,
        coalesce(mentions.x_etrs89, places.x_etrs89) as x_etrs89,
        coalesce(mentions.y_etrs89, places.y_etrs89) as y_etrs89,
        places.match_quality
    from golden
    inner join mentions on golden.address_mention_id = mentions.mention_id
    left join mention_addresses
        on golden.address_mention_id = mention_addresses.mention_id
    left join places on mention_addresses.address_id = places.address_id

),

final as (

    select
        presence.person_id,
        names.given_name,
        names.surname_1,
        names.surname_2,
        nullif(concat_ws(' ', names.given_name, names.surname_1, names.surname_2), '') as full_name,
        golden.birth_date,
        coalesce(cast(year(golden.birth_date) as integer), golden.birth_year) as birth_year,
        golden.sex,
        golden.nationality_code,
        golden.language,
        documents.document_type,
        documents.document,
        documents.document_country,
        {{ unless_protected('golden.email') }},
        {{ unless_protected('golden.phone') }},
        {{ unless_protected('addresses.street') }},
        {{ unless_protected('addresses.street_number') }},
        {{ unless_protected('addresses.postcode') }},
        {{ unless_protected('addresses.district_code') }},
        {{ unless_protected('addresses.barri_code') }},
        {{ unless_protected('addresses.census_section') }},
        {{ unless_protected('addresses.x_etrs89') }},
        {{ unless_protected('addresses.y_etrs89') }},
        {{ unless_protected('addresses.match_quality', 'address_match_quality') }},
        {{ unless_protected('golden.household_id') }},
        {{ unless_protected('false', 'is_protected') }},
        presence.has_live_inscription and not presence.is_deceased as is_resident,
        presence.is_deceased or of_the_dead.person_id is not null as is_deceased,
        -- If the day is unknown, the latest possible one: nobody is treated as older than they may be.
        {{ born_at_latest('golden') }}
        > business_day.business_date - interval 18 year as is_minor,
        presence.first_seen_date,
        presence.last_seen_date,
        presence.source_count,
        presence.mention_count,
        presence.confidence
    from presence
    cross join business_day
    left join golden on presence.person_id = golden.person_id
    left join protected on presence.person_id = protected.person_id
    left join of_the_dead on presence.person_id = of_the_dead.person_id
    left join names on presence.person_id = names.person_id
    left join documents on presence.person_id = documents.person_id
    left join addresses on presence.person_id = addresses.person_id

)

select * from final

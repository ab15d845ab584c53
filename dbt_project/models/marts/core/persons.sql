with

attributes as (

    select * from {{ ref('int_ranked_attributes') }}

),

mentions as (

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

presence as (

    select
        links.person_id,
        min(mentions.first_seen_date) as first_seen_date,
        max(mentions.last_seen_date) as last_seen_date,
        count(distinct mentions.source) as source_count,
        count(*) as mention_count,
        round(min(links.cluster_confidence), 6) as confidence,
        bool_or(mentions.is_live) as has_live_inscription,
        bool_or(mentions.is_deceased) as is_deceased
    from links
    inner join mentions on links.mention_id = mentions.mention_id
    where links.person_id is not null
    group by links.person_id

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

dated as (

    select
        presence.person_id,
        golden.birth_date,
        coalesce(cast(year(golden.birth_date) as integer), golden.birth_year) as birth_year,
        -- Where the day is unknown, the latest possible one: nobody is taken for older than they may be.
        coalesce(golden.birth_date, make_date(golden.birth_year, 12, 31))
        > business_day.business_date - interval 18 year as is_minor
    from presence
    cross join business_day
    left join golden on presence.person_id = golden.person_id

)

select
    presence.person_id,
    names.given_name,
    names.surname_1,
    names.surname_2,
    nullif(concat_ws(' ', names.given_name, names.surname_1, names.surname_2), '') as full_name,
    dated.birth_date,
    dated.birth_year,
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
    {{ unless_protected('coalesce(addresses.district_code, places.district_code)', 'district_code') }},
    {{ unless_protected('coalesce(addresses.barri_code, places.barri_code)', 'barri_code') }},
    {{ unless_protected('coalesce(addresses.census_section, places.census_section)', 'census_section') }},
    {{ unless_protected('coalesce(addresses.x_etrs89, places.x_etrs89)', 'x_etrs89') }},
    {{ unless_protected('coalesce(addresses.y_etrs89, places.y_etrs89)', 'y_etrs89') }},
    {{ unless_protected('places.match_quality', 'address_match_quality') }},
    {{ unless_protected('golden.household_id') }},
    protected.person_id is not null as is_protected,
    presence.has_live_inscription and not presence.is_deceased as is_resident,
    presence.is_deceased,
    dated.is_minor,
    presence.first_seen_date,
    presence.last_seen_date,
    presence.source_count,
    presence.mention_count,
    presence.confidence
from presence
inner join dated on presence.person_id = dated.person_id
left join golden on presence.person_id = golden.person_id
left join protected on presence.person_id = protected.person_id
left join mentions as names on golden.name_mention_id = names.mention_id
left join mentions as documents on golden.document_mention_id = documents.mention_id
left join mentions as addresses on golden.address_mention_id = addresses.mention_id
left join {{ ref('int_mention_addresses') }} as told_at on golden.address_mention_id = told_at.mention_id
left join places on told_at.address_id = places.address_id

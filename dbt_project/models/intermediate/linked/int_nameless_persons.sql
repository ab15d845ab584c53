-- Persons of whom only an address is known, such as a subscription without a name, and who else has that address: they
-- may be the same person.
with

links as (

    select * from {{ ref('int_person_links') }}

),

mentions as (

    select * from {{ ref('int_mention_values') }}

),

all_shared_contacts as (

    select * from {{ ref('int_shared_contacts') }}

),

shared_contacts as (

    select value from all_shared_contacts
    where is_shared

),

unnamed_mentions as (

    select
        links.person_id,
        unnest([{{ comparable_email('mentions.email') }}, mentions.phone]) as address
    from mentions
    inner join links on mentions.mention_id = links.mention_id
    where
        mentions.surname_1 is null
        and mentions.document is null
        and coalesce(mentions.email, mentions.phone) is not null
        and links.person_id is not null

),

named as (

    select distinct links.person_id
    from links
    semi join unnamed_mentions on links.person_id = unnamed_mentions.person_id
    inner join mentions on links.mention_id = mentions.mention_id
    where coalesce(mentions.surname_1, mentions.document) is not null

),

addresses as (

    select distinct
        unnamed_mentions.person_id as evidence,
        unnamed_mentions.address
    from unnamed_mentions
    anti join named on unnamed_mentions.person_id = named.person_id
    anti join shared_contacts on unnamed_mentions.address = shared_contacts.value
    where unnamed_mentions.address is not null

),

people as (

    {{ people_with_addresses('addresses') }}

),

final as (

    select
        people.evidence as person_id,
        people.person_id as other_person_id
    from people
    anti join addresses on people.person_id = addresses.evidence

)

select * from final

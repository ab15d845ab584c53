-- Values that only make sense together (a name's parts, an address's parts) are one candidate: never a street of one
-- source with the number of another. What can't be golden, whatever the rules say, is kept with its objection.
with

mentions as (

    select * from {{ ref('int_mention_values') }}

),

shared_contacts as (

    select * from {{ ref('int_shared_contacts') }}

),

bounced as (

    select * from {{ ref('int_bounced_contacts') }}
    where bounced_hard_at is not null

),

candidates as (

    select
        mention_id,
        'name' as attribute,
        nullif(concat_ws(' ', given_name, surname_1, surname_2), '') as value,
        if(given_name is null, 1, 0) + if(surname_1 is null, 1, 0) as missing_parts
    from mentions
    union all by name
    select
        mention_id,
        'birth_date' as attribute,
        cast(birth_date as varchar) as value
    from mentions
    union all by name
    select
        mention_id,
        'birth_year' as attribute,
        cast(birth_year as varchar) as value
    from mentions
    union all by name
    select
        mention_id,
        'sex' as attribute,
        sex as value
    from mentions
    union all by name
    select
        mention_id,
        'nationality_code' as attribute,
        nationality_code as value
    from mentions
    union all by name
    select
        mention_id,
        'language' as attribute,
        language as value
    from mentions
    union all by name
    select
        mention_id,
        'document' as attribute,
        concat_ws(' ', document_type, document_country, document) as value,
        case
            when is_document_valid and document_type = 'DNI' then 0
            when is_document_valid and document_type = 'NIE' then 1
            when is_document_valid then 2
            when document_type = 'PASSPORT' then 3
            when document_type = 'OTHER' then 5
            else 4
        end as invalidity
    from mentions
    -- A CIF is a company's, whoever writes it on a form of their own.
    where document is not null and document_type != 'CIF'
    union all by name
    select
        mention_id,
        'address' as attribute,
        nullif(concat_ws(', ', nullif(concat_ws(' ', street, street_number), ''), postcode), '') as value,
        if(street is null, 2, 0) + if(street_number is null, 1, 0) as missing_parts,
        if(gives_contact, null, 'not told as their own') as objection
    from mentions
    union all by name
    select
        mention_id,
        'household_id' as attribute,
        household_id as value
    from mentions
    union all by name
    select
        mentions.mention_id,
        'email' as attribute,
        mentions.email as value,
        -- Where messages bounce is worth less than where they don't, unless it was told anew since.
        if(bounced.bounced_hard_at >= mentions.observed_at, 1, 0) as invalidity,
        case
            when not mentions.gives_contact then 'not told as their own'
            when shared_contacts.is_shared then 'shared by many'
        end as objection
    from mentions
    inner join shared_contacts on mentions.email = shared_contacts.value and shared_contacts.kind = 'email'
    left join bounced on mentions.email = bounced.address
    union all by name
    select
        mentions.mention_id,
        'phone' as attribute,
        mentions.phone as value,
        -- Where messages bounce is worth less than where they don't, unless it was told anew since.
        if(bounced.bounced_hard_at >= mentions.observed_at, 1, 0) as invalidity,
        case
            when not mentions.gives_contact then 'not told as their own'
            when shared_contacts.is_shared then 'shared by many'
        end as objection
    from mentions
    inner join shared_contacts on mentions.phone = shared_contacts.value and shared_contacts.kind = 'phone'
    left join bounced on mentions.phone = bounced.address

)

select
    candidates.mention_id,
    candidates.attribute,
    candidates.value,
    coalesce(candidates.invalidity, 0) as invalidity,
    coalesce(candidates.missing_parts, 0) as missing_parts,
    candidates.objection,
    mentions.source,
    mentions.standing,
    mentions.observed_at
from candidates
inner join mentions on candidates.mention_id = mentions.mention_id
where candidates.value is not null

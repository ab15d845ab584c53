-- Values that belong together (the parts of a name or an address) are one candidate, so that no street of one source
-- gets the number of another. Values that may never be golden are kept with their objection. Sources that may only be
-- linked have no candidates.
-- One pass over the mentions makes all candidates: a union of one query per attribute would read them eleven times.
with

all_mentions as (

    select * from {{ ref('int_mention_values') }}

),

link_only_sources as (

    select * from {{ ref('stg_run__link_only_sources') }}

),

all_shared_contacts as (

    select * from {{ ref('int_shared_contacts') }}

),

bounced_contacts as (

    select * from {{ ref('int_bounced_contacts') }}

),

shared_contacts as (

    select
        kind,
        value
    from all_shared_contacts
    where is_shared

),

bounced as (

    select
        address,
        bounced_hard_at
    from bounced_contacts
    where bounced_hard_at is not null

),

mentions as (

    select all_mentions.*
    from all_mentions
    anti join link_only_sources on all_mentions.source = link_only_sources.source

),

reached as (

    select
        mentions.*,
        shared_emails.value is not null as is_email_shared,
        shared_phones.value is not null as is_phone_shared,
        bounced_emails.bounced_hard_at as email_bounced_at,
        bounced_phones.bounced_hard_at as phone_bounced_at
    from mentions
    left join shared_contacts as shared_emails
        on mentions.email = shared_emails.value and shared_emails.kind = 'email'
    left join shared_contacts as shared_phones
        on mentions.phone = shared_phones.value and shared_phones.kind = 'phone'
    left join bounced as bounced_emails on mentions.email = bounced_emails.address
    left join bounced as bounced_phones on mentions.phone = bounced_phones.address

),

candidates as (

    select
        mention_id,
        source,
        standing,
        observed_at,
        unnest(list_filter([
            {{ candidate(
                'name',
                "nullif(concat_ws(' ', given_name, surname_1, surname_2), '')",
                missing_parts='if(given_name is null, 1, 0) + if(surname_1 is null, 1, 0)'
            ) }},
            {{ candidate('birth_date', 'cast(birth_date as varchar)') }},
            {{ candidate('birth_year', 'cast(birth_year as varchar)') }},
            {{ candidate('sex', 'sex') }},
            {{ candidate('nationality_code', 'nationality_code') }},
            {{ candidate('language', 'language') }},
            -- A CIF is a company's, even in a person's record.
            {{ candidate(
                'document',
                "if(document_type != 'CIF' and document is not null, concat_ws(' ', document_type, document_country, document), null)",
                invalidity="case
                    when is_document_valid and document_type = 'DNI' then 0
                    when is_document_valid and document_type = 'NIE' then 1
                    when is_document_valid then 2
                    when document_type = 'PASSPORT' then 3
                    when document_type = 'OTHER' then 5
                    else 4
                end"
            ) }},
            {{ candidate(
                'address',
                "nullif(concat_ws(', ', nullif(concat_ws(' ', street, street_number), ''), postcode), '')",
                missing_parts='if(street is null, 2, 0) + if(street_number is null, 1, 0)',
                objection="if(gives_contact, null, 'not given as their own')"
            ) }},
            {{ candidate('household_id', 'household_id') }},
            {{ contact_candidate('email') }},
            {{ contact_candidate('phone') }}
        ], lambda one: one.value is not null), recursive := true)
    from reached

),

final as (

    select
        mention_id,
        attribute,
        value,
        invalidity,
        missing_parts,
        objection,
        source,
        standing,
        observed_at
    from candidates

)

select * from final

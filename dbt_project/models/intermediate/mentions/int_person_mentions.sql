with

mentions as (

    select * from {{ ref('int_mention_values') }}

),

shared_contacts as (

    select * from {{ ref('int_shared_contacts') }}

),

-- Many mentions share a spelling, so each spelling is normalised once.
written_names as (

    select given_name as written from mentions
    union
    select surname_1 as written from mentions
    union
    select surname_2 as written from mentions

),

names as (

    select
        written,
        {{ normalise_name('written') }} as name,
        {{ accented_letters('written') }} as accented
    from written_names

),

written_streets as (

    select distinct street as written
    from mentions

),

streets as (

    select
        written,
        {{ normalise_street('written') }} as street
    from written_streets

),

normalised as (

    select
        mention_id,
        source,
        source_key,
        is_register,
        observed_at,
        is_live,
        entry_of,
        form_of,
        born_from,
        born_until,
        is_deceased,
        document_raw,
        document_type,
        document,
        document_country,
        is_document_valid,
        is_document_repaired,
        given_names.name as given_name,
        given_names.accented as given_name_accented,
        first_surnames.name as surname_1,
        second_surnames.name as surname_2,
        birth_date,
        sex,
        streets.street,
        {{ normalise_street_number('mentions.street_number') }} as street_number,
        postcode,
        email,
        phone
    from mentions
    left join names as given_names on mentions.given_name = given_names.written
    left join names as first_surnames on mentions.surname_1 = first_surnames.written
    left join names as second_surnames on mentions.surname_2 = second_surnames.written
    left join streets on mentions.street = streets.written

),

linkable as (

    select
        normalised.* exclude (email, phone),
        if(shared_emails.value is null, normalised.email, null) as email,
        if(shared_phones.value is null, normalised.phone, null) as phone
    from normalised
    left join shared_contacts as shared_emails
        on normalised.email = shared_emails.value and shared_emails.kind = 'email' and shared_emails.is_shared
    left join shared_contacts as shared_phones
        on normalised.phone = shared_phones.value and shared_phones.kind = 'phone' and shared_phones.is_shared

)

select * from linkable

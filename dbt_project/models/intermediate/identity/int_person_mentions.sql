with

mentions as (

    select * from {{ ref('int_mention_values') }}

),

shared_contacts as (

    select * from {{ ref('int_shared_contacts') }}

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
        {{ normalise_name('given_name') }} as given_name,
        {{ normalise_name('surname_1') }} as surname_1,
        {{ normalise_name('surname_2') }} as surname_2,
        birth_date,
        sex,
        {{ normalise_street('street') }} as street,
        {{ normalise_street_number('street_number') }} as street_number,
        postcode,
        email,
        phone
    from mentions

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

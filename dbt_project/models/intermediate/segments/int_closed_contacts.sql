-- Closed contacts: an e-mail or telephone that anyone who has it unsubscribed, and the home of a person who refused a
-- letter, until somebody there consents again.
with

all_unsubscriptions as (

    select * from {{ ref('int_unsubscriptions') }}

),

refused as (

    select * from {{ ref('int_unsubscribed_persons') }}

),

persons as not materialized (

    select * from {{ ref('persons') }}

),

consent_state as (

    select * from {{ ref('int_consent_state') }}

),

attributes as (

    select * from {{ ref('person_attributes') }}

),

unsubscriptions as (

    select
        address,
        max(counts_from) as unsubscribed_at
    from all_unsubscriptions
    where address is not null
    group by address

),

letters_refused as (

    select
        persons.household_id,
        max(refused.counts_from) as unsubscribed_at
    from refused
    inner join persons on refused.person_id = persons.person_id
    where refused.channel = 'CARTA' and not refused.is_of_address and persons.household_id is not null
    group by persons.household_id

),

given as (

    select
        person_id,
        max(since) as given_at
    from consent_state
    where is_given and list_contains({{ consents_to_messages() }}, purpose)
    group by person_id

),

contacts as (

    select
        attributes.person_id,
        attributes.attribute,
        attributes.value,
        unsubscriptions.address,
        unsubscriptions.unsubscribed_at
    from attributes
    inner join unsubscriptions on {{ comparable_email('attributes.value') }} = unsubscriptions.address
    where attributes.attribute in ('email', 'phone')
    union all
    select
        persons.person_id,
        'address' as attribute,
        cast(null as varchar) as value,
        'H' || persons.household_id as address,
        letters_refused.unsubscribed_at
    from persons
    inner join letters_refused on persons.household_id = letters_refused.household_id

),

closed as (

    select
        contacts.address,
        coalesce(max(given.given_at) > max(contacts.unsubscribed_at), false) as is_open_again
    from contacts
    left join given on contacts.person_id = given.person_id
    group by contacts.address

),

final as (

    select distinct
        contacts.person_id,
        contacts.attribute,
        contacts.value
    from contacts
    inner join closed on contacts.address = closed.address
    where not closed.is_open_again

)

select * from final

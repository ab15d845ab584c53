-- Millions of mentions share spellings, so each is normalised once: streets, numbers, and then both together.
with

mention_values as (

    select * from {{ ref('int_mention_values') }}

),

organisation_mentions as (

    select * from {{ ref('int_organisation_mentions') }}

),

persons as (

    select
        mention_id,
        street,
        street_number,
        postcode
    from mention_values
    where street is not null

),

organisations as (

    select
        mention_id,
        street,
        street_type,
        street_number,
        street_letter,
        postcode
    from organisation_mentions
    where street is not null

),

spellings as (

    select distinct
        street,
        street_number,
        postcode
    from persons

),

written_streets as (

    select distinct street
    from spellings

),

written_numbers as (

    select distinct street_number
    from spellings
    where street_number is not null

),

streets as (

    select
        street as told_street,
        {{ normalise_street('street') }} as street,
        {{ street_type('street') }} as street_type
    from written_streets

),

numbers as (

    select
        street_number as told_number,
        {{ normalise_street_number('street_number') }} as street_number,
        {{ street_letter('street_number') }} as street_letter
    from written_numbers

),

read_once as (

    select
        spellings.street as told_street,
        spellings.street_number as told_number,
        spellings.postcode,
        streets.street,
        streets.street_type,
        numbers.street_number,
        numbers.street_letter,
        {{ address_id(
            'streets.street', 'streets.street_type', 'numbers.street_number', 'numbers.street_letter',
            'spellings.postcode'
        ) }}
    from spellings
    inner join streets on spellings.street = streets.told_street
    left join numbers on spellings.street_number = numbers.told_number
    where streets.street is not null

),

final as (

    select
        persons.mention_id,
        read_once.address_id,
        read_once.street,
        read_once.street_type,
        read_once.street_number,
        read_once.street_letter,
        read_once.postcode
    from persons
    inner join read_once
        on
            persons.street = read_once.told_street
            and persons.street_number is not distinct from read_once.told_number
            and persons.postcode is not distinct from read_once.postcode
    union all
    select
        mention_id,
        {{ address_id('street', 'street_type', 'street_number', 'street_letter', 'postcode') }},
        street,
        street_type,
        street_number,
        street_letter,
        postcode
    from organisations

)

select * from final

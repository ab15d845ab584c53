-- Of millions of mentions each spelling is read once.
with

persons as (

    select
        mention_id,
        street,
        street_number,
        postcode
    from {{ ref('int_mention_values') }}
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
    from {{ ref('int_organisation_mentions') }}
    where street is not null

),

spellings as (

    select distinct
        street,
        street_number,
        postcode
    from persons

),

read_once as (

    select
        street as told_street,
        street_number as told_number,
        postcode,
        {{ normalise_street('street') }} as street,
        {{ street_type('street') }} as street_type,
        {{ normalise_street_number('street_number') }} as street_number,
        {{ street_letter('street_number') }} as street_letter
    from spellings

),

told as (

    select
        persons.mention_id,
        read_once.* exclude (told_street, told_number)
    from persons
    inner join read_once
        on
            persons.street = read_once.told_street
            and persons.street_number is not distinct from read_once.told_number
            and persons.postcode is not distinct from read_once.postcode
    union all by name
    select * from organisations

)

select
    mention_id,
    md5(concat_ws(
        '|', street, coalesce(street_type, ''), coalesce(street_number, ''), coalesce(street_letter, ''),
        coalesce(postcode, '')
    )) as address_id,
    street,
    street_type,
    street_number,
    street_letter,
    postcode
from told
where street is not null

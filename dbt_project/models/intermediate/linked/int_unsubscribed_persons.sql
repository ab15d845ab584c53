-- The people that an unsubscription applies to: everyone whom the exported id stood for when the message was sent, and
-- everyone who ever gave the address. Without a known id or address, it applies to nobody known.
with

unsubscriptions as (

    select * from {{ ref('int_unsubscriptions') }}

),

ids as (

    select * from {{ ref('int_unsubscribed_ids') }}

),

attributes as (

    select * from {{ ref('int_ranked_attributes') }}

),

named as (

    select
        unsubscriptions.*,
        ids.person_id as named_person_id
    from unsubscriptions
    left join ids on {{ is_meant_by_id('unsubscriptions', 'ids') }}

),

-- Without an address, the person's golden address of that channel.
golden as (

    select
        named.evidence,
        attributes.value as address
    from named
    inner join attributes on named.named_person_id = attributes.person_id
    where
        named.address is null
        and attributes.rank = 1
        and attributes.attribute = case named.channel when 'EMAIL' then 'email' when 'SMS' then 'phone' end

),

addresses as (

    select
        evidence,
        address
    from named
    where address is not null
    union
    select
        evidence,
        {{ comparable_email('address') }} as address
    from golden

),

owners as (

    {{ people_with_addresses('addresses') }}

),

meant as (

    select
        evidence,
        named_person_id as person_id,
        false as is_of_address
    from named
    where named_person_id is not null
    union all
    select
        evidence,
        person_id,
        true as is_of_address
    from owners

),

of_persons as (

    select
        evidence,
        person_id,
        bool_and(is_of_address) as is_of_address
    from meant
    group by evidence, person_id

),

events as (

    select distinct
        evidence,
        message_id,
        segment,
        channel,
        occurred_at,
        told_on,
        counts_from
    from unsubscriptions

),

final as (

    select
        events.*,
        of_persons.person_id,
        coalesce(of_persons.is_of_address, false) as is_of_address
    from events
    left join of_persons on events.evidence = of_persons.evidence

)

select * from final

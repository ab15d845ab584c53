with

links as (

    select * from {{ ref('int_person_links') }}

),

protected as (

    select * from {{ ref('int_protected_holders') }}

),

organisation_links as (

    select * from {{ ref('stg_linkage__organisation_links') }}

),

business_day as (

    select * from {{ ref('int_business_date') }}

),

all_subscripcions as (

    select * from {{ ref('stg_subscripcions__subscripcions') }}

),

unsubscriptions as (

    select * from {{ ref('int_unsubscriptions') }}

),

quarantined as (

    select * from {{ ref('stg_subscripcions__quarantined') }}

),

withdrawn_organisations as (

    select * from {{ ref('int_withdrawn_organisations') }}

),

organisation_keys as (

    select * from {{ ref('int_organisation_keys') }}

),

persons as not materialized (

    select * from {{ ref('persons') }}

),

-- Who trades under their own document and died wants nothing more.
withdrawn as (

    select * from withdrawn_organisations
    union all
    select
        organisation_keys.organisation_id,
        cast(null as varchar) as service,
        business_day.business_date as withdrawn_on
    from persons
    inner join organisation_keys
        on nullif(ltrim(persons.document, '0'), '') = organisation_keys.value and organisation_keys.kind = 'document'
    cross join business_day
    where persons.is_deceased

),

subscripcions as (

    select
        *,
        {{ subscription_topic('all_subscripcions') }} as topic,
        if(channel = 'EMAIL', {{ comparable_email('email') }}, phone) as comparable_address
    from all_subscripcions

),

-- An unsubscription ends the subscriptions of everyone with the address, but not those that began later.
unsubscribed as (

    select
        address,
        max(cast(counts_from as date)) as unsubscribed_on
    from unsubscriptions
    group by address

),

-- The same of an organisation that withdraws.
withdrawn_subscriptions as (

    select
        subscripcions.record_id,
        max(withdrawn.withdrawn_on) as withdrawn_on
    from subscripcions
    inner join organisation_links on subscripcions.record_id = organisation_links.mention_id
    inner join withdrawn
        on
            organisation_links.organisation_id = withdrawn.organisation_id
            and coalesce(subscripcions.service = withdrawn.service, true)
            and subscripcions.subscribed_on <= withdrawn.withdrawn_on
    group by subscripcions.record_id

),

unkeyed as (

    select
        unnest(addresses) as address,
        service,
        told_on
    from quarantined

),

-- Without a key, the end applies to every subscription that it could mean.
ends as (

    select
        record_id,
        told_on
    from quarantined
    where record_id is not null
    union all
    select
        subscripcions.record_id,
        unkeyed.told_on
    from subscripcions
    inner join unkeyed
        on
            subscripcions.comparable_address = unkeyed.address
            and coalesce(subscripcions.service = unkeyed.service, true)

),

quarantined_ends as (

    select
        record_id,
        max(told_on) as ended_on
    from ends
    group by record_id

),

final as (

    select
        subscripcions.record_id as subscription_id,
        links.person_id,
        organisation_links.organisation_id,
        subscripcions.source_key,
        subscripcions.service,
        {{ unless_protected('subscripcions.topic', by='protected.mention_id') }},
        {{ unless_protected('subscripcions.zone_code', by='protected.mention_id') }},
        subscripcions.study_block,
        {{ unless_protected('subscripcions.bus_line', by='protected.mention_id') }},
        {{ unless_protected('subscripcions.district_code', by='protected.mention_id') }},
        subscripcions.sector,
        subscripcions.interest,
        subscripcions.transport,
        subscripcions.channel,
        {{ unless_protected(
            "if(subscripcions.channel = 'EMAIL', subscripcions.email, subscripcions.phone)",
            'address', by='protected.mention_id'
        ) }},
        subscripcions.language,
        subscripcions.subscribed_on,
        coalesce(subscripcions.ended_on, quarantined_ends.ended_on) as ended_on,
        subscripcions.subscribed_on <= business_day.business_date
        and coalesce(subscripcions.ended_on > business_day.business_date, true)
        and quarantined_ends.record_id is null
        and coalesce(unsubscribed.unsubscribed_on, withdrawn_subscriptions.withdrawn_on) is null as is_active,
        greatest(unsubscribed.unsubscribed_on, withdrawn_subscriptions.withdrawn_on) as unsubscribed_on
    from subscripcions
    left join links on subscripcions.record_id = links.mention_id
    left join protected on subscripcions.record_id = protected.mention_id
    -- A later accepted row replaces a quarantined one.
    left join quarantined_ends
        on
            subscripcions.record_id = quarantined_ends.record_id
            and subscripcions.extract_date <= quarantined_ends.ended_on
    left join organisation_links on subscripcions.record_id = organisation_links.mention_id
    left join withdrawn_subscriptions on subscripcions.record_id = withdrawn_subscriptions.record_id
    left join unsubscribed
        on
            subscripcions.comparable_address = unsubscribed.address
            and subscripcions.subscribed_on <= unsubscribed.unsubscribed_on
    cross join business_day

)

select * from final

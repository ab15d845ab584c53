-- The addresses and the name that may be used for a candidate and purpose: for each attribute the best value that its
-- source's agreement allows and that nobody unsubscribed. Only mobile telephones are used; letters go to the address in
-- the Padró.
with

segment_candidates as (

    select * from {{ ref('int_segment_candidates') }}

),

agreements as (

    select * from {{ ref('agreements') }}

),

campaign_events as (

    select * from {{ ref('campaign_events') }}

),

persons as not materialized (

    select * from {{ ref('persons') }}

),

person_attributes as not materialized (

    select * from {{ ref('person_attributes') }}

),

business_day as (

    select * from {{ ref('int_business_date') }}

),

bounced as (

    select * from {{ ref('int_bounced_contacts') }}

),

closed as (

    select * from {{ ref('int_closed_contacts') }}

),

inscriptions as (

    select * from {{ ref('int_padro_inscriptions') }}

),

told_at as (

    select * from {{ ref('int_mention_addresses') }}

),

addresses as (

    select * from {{ ref('addresses') }}

),

unread as (

    select * from {{ ref('int_unread_contacts') }}

),

survey_answers as (

    select * from {{ ref('survey_answers') }}

),

person_links as (

    select * from {{ ref('int_person_links') }}

),

candidates as (

    select person_id
    from segment_candidates
    where person_id is not null
    union
    select about_person_id as person_id
    from segment_candidates
    where addressee = 'family' and about_person_id is not null

),

allowed as (

    select
        source,
        purpose
    from agreements
    where is_in_force and purpose in ('communicate', 'survey')

),

letters_returned as (

    select
        person_id,
        max(occurred_at) as returned_at
    from campaign_events
    where channel = 'CARTA' and event = 'bounced_hard' and person_id is not null
    group by person_id

),

-- A returned letter closes the whole home.
homes_returned as (

    select
        persons.household_id,
        max(letters_returned.returned_at) as returned_at
    from letters_returned
    inner join persons on letters_returned.person_id = persons.person_id
    inner join person_attributes as attributes
        on
            letters_returned.person_id = attributes.person_id
            and attributes.attribute = 'address'
            and attributes.source = 'padro'
            and letters_returned.returned_at >= attributes.observed_at
    where persons.household_id is not null
    group by persons.household_id

),

returned as (

    select
        persons.person_id,
        homes_returned.returned_at
    from persons
    inner join homes_returned on persons.household_id = homes_returned.household_id
    union all
    select
        person_id,
        returned_at
    from letters_returned

),

last_returned as (

    select
        person_id,
        max(returned_at) as returned_at
    from returned
    group by person_id

),

attributes as (

    select
        attributes.person_id,
        allowed.purpose,
        attributes.attribute,
        attributes.value,
        attributes.mention_id,
        attributes.rank,
        attributes.observed_at,
        case
            when
                attributes.attribute = 'address'
                then coalesce(last_returned.returned_at >= attributes.observed_at, false)
            else
                coalesce(bounced.bounced_hard_at >= attributes.observed_at, false)
                or coalesce(
                    cast(bounced.bounced_soft_at as date)
                    > business_day.business_date - {{ var('soft_bounce_rest_days') }},
                    false
                )
        end as is_bounced
    from person_attributes as attributes
    inner join candidates on attributes.person_id = candidates.person_id
    inner join allowed on attributes.source = allowed.source
    cross join business_day
    left join bounced on attributes.value = bounced.address
    left join last_returned on attributes.person_id = last_returned.person_id
    left join closed
        on
            attributes.person_id = closed.person_id
            and attributes.attribute = closed.attribute
            and coalesce(attributes.value = closed.value, true)
    where
        closed.person_id is null
        and (
            attributes.attribute in ('name', 'email', 'language')
            or (
                attributes.attribute = 'phone'
                and (not starts_with(attributes.value, '+34') or left(attributes.value, 4) in ('+346', '+347'))
            )
            or (attributes.attribute = 'address' and attributes.source = 'padro')
        )

),

best as (

    select
        person_id,
        purpose,
        arg_min(value, rank) filter (where attribute = 'name') as full_name,
        arg_min(value, rank) filter (where attribute = 'email' and not is_bounced) as email,
        arg_min(value, rank) filter (where attribute = 'phone' and not is_bounced) as mobile,
        arg_min(mention_id, rank) filter (where attribute = 'address' and not is_bounced) as address_mention_id,
        bool_or(is_bounced) as has_bounced
    from attributes
    group by person_id, purpose

),

doubted as (

    select mention_id
    from person_links
    where is_doubted

),

-- The language in which the person last did something, in any channel.
languages_used as (

    select
        person_id,
        purpose,
        value as language,
        observed_at
    from attributes
    where attribute = 'language' and rank is not null
    union all
    select
        answers.person_id,
        allowed.purpose,
        answers.language,
        cast(answers.answered_on as timestamp) as observed_at
    from survey_answers as answers
    inner join candidates on answers.person_id = candidates.person_id
    inner join allowed on allowed.source = 'enquestes'
    anti join doubted on answers.interaction_id = doubted.mention_id
    where answers.language is not null

),

last_languages as (

    select
        person_id,
        purpose,
        arg_max(language, (observed_at, language)) as language
    from languages_used
    group by person_id, purpose

),

letters as (

    select
        best.person_id,
        best.purpose,
        [
            concat_ws(
                ', ',
                coalesce(addresses.official_name, inscriptions.street),
                inscriptions.street_number,
                -- Floors and doors without the register's leading zeros.
                nullif(trim(regexp_replace(inscriptions.dwelling, '\b0+([0-9A-Z])', '\1', 'g')), '')
            ),
            concat_ws(' ', inscriptions.postcode, 'BARCELONA')
        ] as lines
    from best
    inner join inscriptions
        on best.address_mention_id = inscriptions.record_id and inscriptions.is_live
    left join told_at on best.address_mention_id = told_at.mention_id
    left join addresses on told_at.address_id = addresses.address_id
    where
        inscriptions.street is not null and inscriptions.street_number is not null and inscriptions.postcode is not null

),

final as (

    select
        best.person_id,
        best.purpose,
        best.full_name,
        last_languages.language,
        best.email,
        unread.address is not null as is_email_unread,
        best.mobile,
        letters.lines as letter_lines,
        best.has_bounced
    from best
    left join letters on best.person_id = letters.person_id and best.purpose = letters.purpose
    left join last_languages on best.person_id = last_languages.person_id and best.purpose = last_languages.purpose
    left join unread on best.email = unread.address

)

select * from final

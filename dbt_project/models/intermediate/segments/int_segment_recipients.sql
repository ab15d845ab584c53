-- All data that the funnel checks for a candidate: the person, consents, requests, channel and address.
with

candidates as (

    select * from {{ ref('int_segment_candidates') }}

),

business_day as (

    select * from {{ ref('int_business_date') }}

),

persons as (

    select * from {{ ref('persons') }}

),

reach as (

    select * from {{ ref('int_segment_reach') }}

),

requests as (

    select * from {{ ref('requests') }}

),

bounced as (

    select * from {{ ref('int_bounced_contacts') }}

),

organisations as (

    select * from {{ ref('organisations') }}

),

segments as (

    select * from {{ ref('segments') }}

),

all_protected_organisations as (

    select * from {{ ref('int_protected_organisations') }}

),

consents as not materialized (

    select * from {{ ref('int_consent_state') }}

),

closed_contacts as (

    select * from {{ ref('int_closed_contacts') }}

),

rules as (

    select
        *,
        {{ consent_of('purpose') }} as consent
    from segments

),

protected_organisations as (

    select distinct organisation_id from all_protected_organisations

),

closed as (

    select distinct person_id
    from closed_contacts

),

joined as (

    select
        candidates.*,
        business_day.business_date as run_date,
        rules.* exclude (segment, consent) replace (
            -- What is addressed to a family goes to its home, since nobody there is known to be the guardian.
            list_filter(
                rules.channels,
                lambda one: coalesce(list_contains(candidates.notice_channels, one), true)
                and (candidates.addressee != 'family' or one = 'letter')
            ) as channels
        ),
        persons.is_deceased or coalesce(abouts.is_deceased, false) as is_deceased,
        coalesce(persons.is_protected, false)
        or coalesce(abouts.is_protected, false)
        or protected_organisations.organisation_id is not null as is_protected,
        coalesce(abouts.is_resident, persons.is_resident) as is_resident,
        persons.birth_date,
        persons.birth_year,
        persons.confidence,
        persons.household_id,
        persons.district_code,
        persons.barri_code,
        abouts.is_deceased as is_about_deceased,
        child_reach.full_name as child_name,
        -- A decision on the service applies before one on the whole purpose.
        coalesce(no_message.state, of_service.state, of_all.state) as consent_state,
        coalesce(of_service.since, of_all.since) as consent_since,
        coalesce(
            no_message.is_refused_by_address, of_service.is_refused_by_address, of_all.is_refused_by_address, false
        ) as is_refused_by_address,
        closed.person_id is not null as has_unsubscribed,
        requests.channel as request_channel,
        requests.address as request_address,
        requests.language as request_language,
        requests.asked_at,
        requests.is_active as is_request_active,
        requests.unsubscribed_on,
        reach.full_name,
        reach.language as reach_language,
        reach.email,
        reach.is_email_unread,
        reach.mobile,
        reach.letter_lines,
        reach.has_bounced,
        organisations.legal_name,
        coalesce(bounced.bounced_hard_at >= requests.asked_at, false)
        or coalesce(
            cast(bounced.bounced_soft_at as date) > business_day.business_date - {{ var('soft_bounce_rest_days') }},
            false
        ) as is_request_bounced
    from candidates
    inner join rules on candidates.segment = rules.segment
    cross join business_day
    left join persons on candidates.person_id = persons.person_id
    left join persons as abouts on candidates.about_person_id = abouts.person_id
    left join organisations on candidates.organisation_id = organisations.organisation_id
    left join protected_organisations on candidates.organisation_id = protected_organisations.organisation_id
    left join consents as of_all
        on candidates.person_id = of_all.person_id and rules.consent = of_all.purpose and of_all.service is null
    left join consents as of_service
        on
            candidates.person_id = of_service.person_id
            and rules.consent = of_service.purpose
            and rules.service = of_service.service
    -- Who refuses communications gets no survey without their consent, either.
    left join consents as no_message
        on
            candidates.person_id = no_message.person_id
            and candidates.basis = 'public_task'
            and rules.consent != 'communications'
            and no_message.purpose = 'communications'
            and no_message.service is null
            and not no_message.is_given
    left join requests on candidates.request_id = requests.request_id
    left join bounced on requests.address = bounced.address
    left join reach on candidates.person_id = reach.person_id and rules.purpose = reach.purpose
    left join reach as child_reach
        on candidates.about_person_id = child_reach.person_id and rules.purpose = child_reach.purpose
    left join closed on candidates.person_id = closed.person_id

),

-- If only the year of birth is known, the day that makes the person least eligible is used.
aged as (

    select
        *,
        {{ born_at_latest() }} as born_at_latest,
        coalesce(birth_date, make_date(birth_year, 1, 1)) as born_at_earliest,
        -- A request is answered by its own channel; other messages use the first open one.
        case
            when request_address is not null then cast([] as varchar[])
            else list_filter(
                channels,
                lambda one: case one
                    when 'email' then email is not null
                    when 'sms' then mobile is not null
                    else letter_lines is not null
                end
            )
        end as open_channels
    from joined

),

addressed as (

    select
        *,
        case
            when request_address is not null and not is_request_bounced
                then list_filter(channels, lambda one: one = if(request_channel = 'EMAIL', 'email', 'sms'))[1]
            when request_address is null
                then coalesce(
                    list_filter(open_channels, lambda one: one != 'email' or not is_email_unread)[1], open_channels[1]
                )
        end as channel
    from aged

),

reached as (

    select
        * exclude (full_name, child_name),
        coalesce({{ addressee_name() }}, legal_name) as recipient_name,
        coalesce(request_language, reach_language) as language,
        case
            when channel = 'letter' then concat_ws(', ', letter_lines[1], letter_lines[2])
            when request_address is not null then request_address
            when channel = 'email' then email
            when channel = 'sms' then mobile
        end as address,
        if(channel = 'letter', [{{ addressee_name() }}] || letter_lines, null) as address_lines
    from addressed

),

recipients as (

    select
        *,
        -- One message goes to the household if it is a letter or the segment declares it, otherwise to the person. Who
        -- asked for it gets it in any case.
        case
            when organisation_id is not null then organisation_id
            when basis = 'request' then person_id
            when (one_per = 'household' or channel = 'letter') and household_id is not null then 'H' || household_id
            else person_id
        end as unit,
        -- Messages with different keys are different messages, such as the outcomes of two applications.
        if(one_per = 'reference', reference, null) as message_key,
        -- Two people with one address get one message, but not if it is about a form or an attention of one of them.
        if(reference is null and channel in ('email', 'sms'), {{ comparable_email('address') }}, null) as shared_address
    from reached

)

select * from recipients

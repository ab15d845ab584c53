-- The one place that decides which consent is in force. People who died or are protected keep theirs: the funnel and
-- the gate stop messages to them.
with

consent_events as (

    select * from {{ ref('consent_events') }}

),

persons as (

    select * from {{ ref('persons') }}

),

business_day as (

    select * from {{ ref('int_business_date') }}

),

dated as (

    select
        consent_events.*,
        {{ born_at_latest('persons') }} + interval {{ var('consent_age_years') }} year as of_age_on
    from consent_events
    inner join persons on consent_events.person_id = persons.person_id

),

applicable as (

    select dated.*
    from dated
    cross join business_day
    where
        -- Every refusal applies. A consent applies from its day on, if the record has a name and is surely this
        -- person's. A child can't consent; a guardian's consent applies until the child is of age to consent alone.
        dated.state != 'given'
        or (
            cast(dated.decided_at as date) <= business_day.business_date
            and dated.is_named
            and not dated.is_doubted
            and if(
                dated.is_by_guardian,
                coalesce(dated.of_age_on > business_day.business_date, false),
                coalesce(dated.of_age_on <= dated.decided_at, true)
            )
        )

),

services as (

    select distinct
        person_id,
        purpose,
        service
    from applicable
    where service is not null

),

-- A purpose withdrawn as a whole is withdrawn for each service. A purpose given as a whole opens no refused service.
all_services as (

    select * from applicable
    union all by name
    select
        applicable.* exclude (service),
        services.service
    from applicable
    inner join services on applicable.person_id = services.person_id and applicable.purpose = services.purpose
    where applicable.service is null and applicable.state != 'given'

),

refused as (

    select
        person_id,
        purpose,
        service,
        max(told_on) as told_on,
        max(counts_from) as counts_from
    from all_services
    where state != 'given'
    group by all

),

-- A consent replaces a refusal only if it comes in the same or a later extract and has a later moment.
standing as (

    select all_services.*
    from all_services
    left join refused
        on
            all_services.person_id = refused.person_id
            and all_services.purpose = refused.purpose
            and all_services.service is not distinct from refused.service
    where
        all_services.state != 'given'
        or refused.person_id is null
        or (all_services.told_on >= refused.told_on and all_services.counts_from > refused.counts_from)

),

in_force as (

    select *
    from standing
    qualify
        row_number() over (
            partition by person_id, purpose, service
            order by state = 'given' desc, counts_from desc, is_of_address asc, consent_event_id asc
        ) = 1

),

final as (

    select
        person_id,
        purpose,
        service,
        state,
        state = 'given' as is_given,
        if(state = 'given', decided_at, counts_from) as since,
        if(state = 'given', null, counts_from) as refused_at,
        is_of_address as is_refused_by_address,
        is_by_guardian,
        channel,
        source,
        text_version,
        evidence,
        reference
    from in_force

)

select * from final

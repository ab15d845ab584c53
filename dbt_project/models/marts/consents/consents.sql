-- Who has died keeps the consents that were given: closing the door on them is the gate's task alone.
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
        -- Where only the year of birth is known, the latest possible day counts.
        coalesce(persons.birth_date, make_date(persons.birth_year, 12, 31))
        + interval {{ var('consent_age_years') }} year as of_age_on
    from consent_events
    inner join persons on consent_events.person_id = persons.person_id

),

counted as (

    select dated.*
    from dated
    cross join business_day
    where
        -- A refusal counts from whomever and whenever. A consent counts from its day on, from somebody who said a name,
        -- for a number can be anybody's, and who is surely this person; from nobody who was a child, and for a child
        -- from who answers for it, until it may speak for itself.
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
    from counted
    where service is not null

),

-- What is withdrawn as a whole is withdrawn for each service; what is given as a whole opens none that was refused.
told as (

    select * from counted
    union all by name
    select
        counted.* exclude (service),
        services.service
    from counted
    inner join services on counted.person_id = services.person_id and counted.purpose = services.purpose
    where counted.service is null and counted.state != 'given'

),

refused as (

    select
        person_id,
        purpose,
        service,
        max(told_on) as told_on,
        max(counts_from) as counts_from
    from told
    where state != 'given'
    group by all

),

-- A no counts from the extract that first tells it: a yes that an earlier one told does not come after it, whatever the
-- clocks say; of two that one extract tells they decide.
standing as (

    select told.*
    from told
    left join refused
        on
            told.person_id = refused.person_id
            and told.purpose = refused.purpose
            and told.service is not distinct from refused.service
    where
        told.state != 'given'
        or refused.person_id is null
        or (told.told_on >= refused.told_on and told.counts_from > refused.counts_from)

)

select
    person_id,
    purpose,
    service,
    state,
    channel,
    source,
    text_version,
    evidence,
    reference,
    is_by_guardian,
    if(state = 'given', decided_at, counts_from) as decided_at
from standing
qualify
    row_number() over (
        partition by person_id, purpose, service
        order by state = 'given' desc, counts_from desc, is_of_address asc, consent_event_id asc
    ) = 1

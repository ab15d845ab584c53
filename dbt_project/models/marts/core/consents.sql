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

counted as (

    select consent_events.*
    from consent_events
    inner join persons on consent_events.person_id = persons.person_id
    cross join business_day
    where
        -- A refusal counts from whomever and whenever. A consent counts from its day on, from somebody who said a name,
        -- for a number can be anybody's, and from nobody who was a child: where only the year of birth is known, the
        -- latest possible day counts.
        consent_events.state = 'refused'
        or (
            cast(consent_events.decided_at as date) <= business_day.business_date
            and consent_events.is_named
            and coalesce(
                coalesce(persons.birth_date, make_date(persons.birth_year, 12, 31))
                + interval {{ var('consent_age_years') }} year
                <= consent_events.decided_at,
                true
            )
        )

)

select
    person_id,
    purpose,
    state,
    channel,
    text_version,
    evidence,
    decided_at
from counted
qualify
    row_number() over (
        partition by person_id, purpose
        order by decided_at desc, state = 'refused' desc, consent_event_id asc
    ) = 1

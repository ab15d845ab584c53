-- Requests for information that comes by notices, each with the notices of today that answer it. A request that none
-- answers has one row without a notice, so that the funnel can give the reason.
with

all_requests as (

    select * from {{ ref('requests') }}

),

notices as (

    select * from {{ ref('int_notices_today') }}

),

persons as not materialized (

    select * from {{ ref('persons') }}

),

organisations as (

    select * from {{ ref('organisations') }}

),

person_links as (

    select * from {{ ref('int_person_links') }}

),

doubted as (

    select mention_id
    from person_links
    where is_doubted

),

requests as (

    select *
    from all_requests
    where list_contains({{ notice_segments() }}, segment)

),

-- The district of an entity is that of its seat. Entities and people without a district, and doubted people, get the
-- notices of the whole city.
placed as (

    select
        requests.*,
        doubted.mention_id is not null as is_doubted,
        coalesce(persons.district_code, organisations.district_code) as district_code
    from requests
    left join doubted on requests.request_id = doubted.mention_id
    left join persons on requests.person_id = persons.person_id and doubted.mention_id is null
    left join organisations on requests.organisation_id = organisations.organisation_id

),

final as (

    select
        placed.segment,
        coalesce(notices.notice_code, placed.topic) as topic,
        notices.notice_code is not null as has_notice,
        notices.subject,
        notices.channels as notice_channels,
        placed.request_id,
        placed.person_id,
        placed.organisation_id,
        placed.transport,
        placed.is_doubted
    from placed
    left join notices
        on
            placed.segment = notices.segment
            and placed.topic = notices.subject
            and notices.is_for_subscribers
            and (notices.district_code is null or placed.district_code = notices.district_code)

)

select * from final

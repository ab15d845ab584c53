-- Every request for which there is a message tonight is a candidate of its segment; the funnel then gives it a message
-- or one reason. A newsletter, an interest and a promise of the day always have one.
with

-- First, because a failure stops what this model leads to: the audiences, not the night.
candidates as (

    select * from {{ ref('int_segment_candidates') }}

),

requests as (

    select * from {{ ref('requests') }}

),

business_day as (

    select * from {{ ref('int_business_date') }}

),

subjects as (

    select distinct
        segment,
        topic
    from candidates

),

due as (

    select
        requests.segment,
        requests.topic,
        requests.request_id
    from requests
    cross join business_day
    where
        requests.segment in ('butlletins', 'informacio_juvenil', 'participacio', 'voluntariat_educatiu')
        or (
            requests.segment = 'seguiment_atencio'
            and cast(requests.asked_at as date) = business_day.business_date
        )
    union
    select
        requests.segment,
        requests.topic,
        requests.request_id
    from requests
    inner join subjects
        on
            requests.segment = subjects.segment
            and (requests.topic = subjects.topic or starts_with(subjects.topic, requests.topic || '-'))
    where requests.segment in ('afectacions', 'preinscripcio', 'xarxa_bus')

)

select
    due.segment,
    due.topic,
    due.request_id
from due
anti join candidates on due.segment = candidates.segment and due.request_id = candidates.request_id

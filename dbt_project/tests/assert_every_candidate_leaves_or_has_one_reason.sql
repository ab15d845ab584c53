-- Each step removes as many candidates as its reasons count, and the candidates left at the end are the members.
with

funnel as (

    select
        segment,
        topic,
        step_number,
        max(people_left) as people_left,
        min(people_left) as least_left,
        sum(people_out) as people_out
    from {{ ref('segment_funnel') }}
    group by segment, topic, step_number

),

stepped as (

    select
        *,
        coalesce(lag(people_left) over (partition by segment, topic order by step_number), people_left) as left_before,
        row_number() over (partition by segment, topic order by step_number desc) = 1 as is_last
    from funnel

),

members as (

    select
        segment,
        topic,
        count(*) as people
    from {{ ref('segment_members') }}
    group by segment, topic

),

candidates as (

    select
        segment,
        topic,
        count(*) as people
    from {{ ref('int_segment_candidates') }}
    group by segment, topic

)

select
    stepped.segment,
    stepped.topic,
    stepped.step_number
from stepped
left join members on stepped.segment = members.segment and stepped.topic = members.topic
left join candidates on stepped.segment = candidates.segment and stepped.topic = candidates.topic
where
    stepped.left_before - stepped.people_left != if(stepped.step_number = 1, 0, stepped.people_out)
    or stepped.people_left != stepped.least_left
    or (stepped.step_number = 1 and stepped.people_left is distinct from candidates.people)
    or (stepped.is_last and stepped.people_left != coalesce(members.people, 0))

with

candidates as (

    select * from {{ ref('segment_candidates') }}

),

reasons as (

    select * from {{ ref('segment_reasons') }}

),

steps as (

    select distinct
        step_number,
        step
    from reasons

),

topics as (

    select
        segment,
        topic,
        run_date,
        count(*) as people
    from candidates
    group by all

),

out as (

    select
        segment,
        topic,
        step_number,
        reason_out,
        count(*) as people_out
    from candidates
    where reason_out is not null
    group by all

),

counted as (

    select
        topics.segment,
        topics.topic,
        topics.run_date,
        steps.step_number,
        steps.step,
        topics.people,
        out.reason_out,
        coalesce(out.people_out, 0) as people_out
    from topics
    cross join steps
    left join out
        on topics.segment = out.segment and topics.topic = out.topic and steps.step_number = out.step_number

),

final as (

    select
        segment,
        topic,
        run_date,
        step_number,
        step,
        cast(people - sum(people_out) over (
            partition by segment, topic order by step_number range between unbounded preceding and current row
        ) as bigint) as people_left,
        reason_out,
        people_out
    from counted

)

select * from final

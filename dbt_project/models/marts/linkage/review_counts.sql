with

cases as (

    select * from {{ ref('int_review_cases') }}

),

kept as (

    select * from {{ ref('review_cases') }}

),

final as (

    select
        cases.entity,
        cases.kind,
        count(*) as cases,
        count(kept.case_id) as kept
    from cases
    left join kept on cases.case_id = kept.case_id
    group by cases.entity, cases.kind

)

select * from final

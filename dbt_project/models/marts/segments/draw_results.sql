with

draws as (

    select * from {{ ref('stg_run__draws') }}

),

applications as (

    select * from {{ ref('draw_applications') }}

),

final as (

    select
        applications.application_id,
        applications.application_number,
        applications.season,
        draws.drawn_on,
        draws.draw_order,
        draws.place_in_turn,
        draws.result,
        applications.place,
        applications.turn,
        applications.applied_on,
        applications.child_person_id,
        applications.guardian_person_id,
        applications.email,
        applications.phone
    from draws
    inner join applications
        on draws.season = applications.season and draws.application_number = applications.application_number

)

select * from final

with

person_events as (

    select * from {{ in_hub('person_events') }}

),

organisation_events as (

    select * from {{ in_hub('organisation_events') }}

),

events as (

    select
        unnest(list_distinct(list_concat(ids_before, ids_after))) as person_id,
        cast(null as varchar) as organisation_id,
        business_date,
        event,
        array_to_string(ids_before, ' ') as before,
        array_to_string(ids_after, ' ') as after,
        cause
    from person_events
    union all
    select
        cast(null as varchar) as person_id,
        unnest(list_distinct(list_concat(ids_before, ids_after))) as organisation_id,
        business_date,
        event,
        array_to_string(ids_before, ' ') as before,
        array_to_string(ids_after, ' ') as after,
        cause
    from organisation_events

)

select * from events

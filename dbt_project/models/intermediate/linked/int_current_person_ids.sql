-- Ids that the hub has published, each with its person of today: a merged id follows its survivor.
with

id_events as (

    select * from {{ ref('int_id_events') }}

),

person_links as (

    select * from {{ ref('int_person_links') }}

),

final as (

    with recursive

    events as (

        select * from id_events
        where entity = 'person'

    ),

    merged as (

        select distinct
            unnest(ids_before) as former_id,
            ids_after[1] as later_id
        from events
        where event = 'merged' and len(ids_after) = 1

    ),

    persons as (

        select distinct person_id
        from person_links
        where person_id is not null

    ),

    followed (issued_id, present_id, steps) as (

        select
            former_id as issued_id,
            later_id as present_id,
            1 as steps
        from merged
        where former_id != later_id
        union all
        select
            followed.issued_id,
            merged.later_id as present_id,
            followed.steps + 1 as steps
        from followed
        inner join merged on followed.present_id = merged.former_id
        where merged.former_id != merged.later_id and followed.steps < 50

    )

    select
        person_id as issued_id,
        person_id
    from persons
    union all
    select
        followed.issued_id,
        followed.present_id as person_id
    from followed
    inner join persons on followed.present_id = persons.person_id
    left join persons as still on followed.issued_id = still.person_id
    where still.person_id is null
    qualify
        row_number() over (
            partition by followed.issued_id order by followed.steps desc, followed.present_id asc
        ) = 1

)

select * from final

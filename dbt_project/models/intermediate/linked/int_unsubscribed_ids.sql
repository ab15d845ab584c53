-- The persons or organisations that the exported id of an unsubscription stands for: the one of today and, until the id
-- was split, everyone whom it stood for before.
with

unsubscriptions as (

    select * from {{ ref('int_unsubscriptions') }}

),

id_events as (

    select * from {{ ref('int_id_events') }}

),

ids as (

    select * from {{ ref('int_current_person_ids') }}

),

organisation_keys as (

    select * from {{ ref('int_organisation_keys') }}

),

parties as (

    select
        issued_id,
        person_id,
        cast(null as varchar) as organisation_id
    from ids
    union all
    select distinct
        organisation_id as issued_id,
        cast(null as varchar) as person_id,
        organisation_id
    from organisation_keys

),

split_ids as (

    select
        business_date,
        event != 'merged' as is_split,
        unnest(ids_before) as former_id,
        ids_after
    from id_events
    where event in ('merged', 'split', 'reassigned')

),

final as (

    with recursive

    changes as (

        select distinct
            business_date,
            is_split,
            former_id,
            unnest(ids_after) as later_id
        from split_ids

    ),

    -- Changes are followed in the order of their dates; only from the few ids that unsubscribed.
    followed (issued_id, later_id, split_on, changed_on) as (

        select distinct
            exported_person_id as issued_id,
            exported_person_id as later_id,
            cast(null as date) as split_on,
            date '0001-01-01' as changed_on
        from unsubscriptions
        where exported_person_id is not null
        union
        select
            followed.issued_id,
            changes.later_id,
            coalesce(followed.split_on, if(changes.is_split, changes.business_date, null)) as split_on,
            changes.business_date as changed_on
        from followed
        inner join changes on followed.later_id = changes.former_id
        where changes.later_id != changes.former_id and changes.business_date >= followed.changed_on

    )

    select
        followed.issued_id,
        parties.person_id,
        parties.organisation_id,
        -- Without a date it stands for them today.
        if(bool_or(followed.split_on is null), null, max(followed.split_on)) as split_on
    from followed
    inner join parties on followed.later_id = parties.issued_id
    group by followed.issued_id, parties.person_id, parties.organisation_id

)

select * from final

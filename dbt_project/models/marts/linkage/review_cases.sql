with

cases as (

    select * from {{ ref('int_review_cases') }}

),

ranked as (

    select
        *,
        row_number() over (order by settles desc, match_weight desc nulls last, case_id asc) as place,
        row_number() over (
            partition by entity, kind
            order by settles desc, match_weight desc nulls last, case_id asc
        ) as place_of_kind
    from cases

),

final as (

    select
        case_id,
        entity,
        cast(row_number() over (order by place) as integer) as rank,
        kind,
        reason,
        cast(settles as integer) as settles,
        mention_id_l,
        mention_id_r,
        if(entity = 'person', party_id_l, null) as person_id_l,
        if(entity = 'person', party_id_r, null) as person_id_r,
        if(entity = 'organisation', party_id_l, null) as organisation_id_l,
        if(entity = 'organisation', party_id_r, null) as organisation_id_r,
        is_in_review_l,
        is_in_review_r,
        mention_ids_l,
        mention_ids_r,
        cast(interactions_l as integer) as interactions_l,
        cast(interactions_r as integer) as interactions_r,
        cast(register_entries_l as integer) as register_entries_l,
        cast(register_entries_r as integer) as register_entries_r,
        cast(valid_documents_l as integer) as valid_documents_l,
        cast(valid_documents_r as integer) as valid_documents_r,
        match_weight
    from ranked
    where place_of_kind <= {{ var('review_cases_of_a_kind') }}

)

select * from final

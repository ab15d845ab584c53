with

llicencies as (

    select * from {{ ref('stg_llicencies_via_publica__llicencies') }}

),

protected as (

    select * from {{ ref('int_protected_holders') }}

),

parties as (

    select * from {{ ref('mentions') }}

),

final as (

    select
        llicencies.record_id as licence_id,
        llicencies.source_key as licence_number,
        llicencies.licence_kind,
        parties.person_id,
        parties.organisation_id,
        llicencies.valid_from,
        llicencies.valid_to,
        {{ unless_protected('llicencies.place', by='protected.mention_id') }},
        llicencies.occupied_part,
        llicencies.ordinance,
        llicencies.table_count,
        llicencies.chair_count,
        llicencies.surface_m2,
        {{ unless_protected('llicencies.x_etrs89', by='protected.mention_id') }},
        {{ unless_protected('llicencies.y_etrs89', by='protected.mention_id') }},
        {{ unless_protected('llicencies.district_code', by='protected.mention_id') }},
        {{ unless_protected('llicencies.barri_code', by='protected.mention_id') }}
    from llicencies
    left join protected on llicencies.record_id = protected.mention_id
    left join parties on llicencies.record_id = parties.mention_id

)

select * from final

with

llicencies as (

    select * from {{ ref('stg_llicencies_via_publica__llicencies') }}

),

parties as (

    select * from {{ ref('mentions') }}

)

select
    llicencies.record_id as licence_id,
    llicencies.source_key as licence_number,
    llicencies.licence_kind,
    parties.person_id,
    parties.organisation_id,
    llicencies.valid_from,
    llicencies.valid_to,
    llicencies.place,
    llicencies.occupied_part,
    llicencies.ordinance,
    llicencies.table_count,
    llicencies.chair_count,
    llicencies.surface_m2,
    llicencies.x_etrs89,
    llicencies.y_etrs89,
    llicencies.district_code,
    llicencies.barri_code
from llicencies
left join parties on llicencies.record_id = parties.mention_id

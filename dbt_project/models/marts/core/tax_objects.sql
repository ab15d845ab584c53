with

objects as (

    select * from {{ ref('stg_objectes_tributaris__objectes') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

protected as (

    select * from {{ ref('int_protected_persons') }}

),

organisation_links as (

    select * from {{ ref('stg_linkage__organisation_links') }}

)

select
    objects.record_id as tax_object_id,
    objects.tax,
    {{ unless_protected('objects.reference') }},
    objects.taxpayer_key,
    links.person_id,
    organisation_links.organisation_id,
    objects.holding_right,
    objects.share_percent,
    objects.property_use,
    objects.cadastral_value_eur,
    objects.value_year,
    objects.surface_m2,
    objects.vehicle_class,
    objects.fiscal_horsepower,
    objects.environmental_label,
    objects.registered_on,
    objects.reduction_percent
from objects
left join links on objects.taxpayer_record_id = links.mention_id
left join protected on links.person_id = protected.person_id
left join organisation_links on objects.taxpayer_record_id = organisation_links.mention_id

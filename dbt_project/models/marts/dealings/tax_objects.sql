{%- set either = 'coalesce(protected.reference, holders.mention_id)' -%}
with

objects as (

    select * from {{ ref('stg_objectes_tributaris__objectes') }}

),

links as (

    select * from {{ ref('int_person_links') }}

),

-- A co-holder's row would show the same.
protected as (

    select * from {{ ref('int_protected_references') }}

),

holders as (

    select * from {{ ref('int_protected_holders') }}

),

organisation_links as (

    select * from {{ ref('stg_linkage__organisation_links') }}

),

final as (

    select
        objects.record_id as tax_object_id,
        objects.tax,
        {{ unless_protected('objects.reference', by=either) }},
        objects.taxpayer_key,
        links.person_id,
        organisation_links.organisation_id,
        objects.holding_right,
        objects.share_percent,
        objects.property_use,
        {{ unless_protected('objects.cadastral_value_eur', by=either) }},
        objects.value_year,
        {{ unless_protected('objects.surface_m2', by=either) }},
        objects.vehicle_class,
        objects.fiscal_horsepower,
        objects.environmental_label,
        objects.registered_on,
        objects.reduction_percent
    from objects
    left join links on objects.taxpayer_record_id = links.mention_id
    left join protected on objects.tax = protected.tax and objects.reference = protected.reference
    left join holders on objects.taxpayer_record_id = holders.mention_id
    left join organisation_links on objects.taxpayer_record_id = organisation_links.mention_id

)

select * from final

-- Tax objects of protected people and of organisations that they represent: a co-holder's row shows the same place.
with

objects as (

    select * from {{ ref('stg_objectes_tributaris__objectes') }}

),

holders as (

    select * from {{ ref('int_protected_holders') }}

),

final as (

    select distinct
        objects.tax,
        objects.reference
    from objects
    inner join holders on objects.taxpayer_record_id = holders.mention_id
    where objects.reference is not null

)

select * from final

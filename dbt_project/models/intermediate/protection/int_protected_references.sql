-- What is taxed of protected people, and of organisations that they answer for: a co-holder's row tells the same place.
select distinct
    objects.tax,
    objects.reference
from {{ ref('stg_objectes_tributaris__objectes') }} as objects
inner join {{ ref('int_protected_holders') }} as holders on objects.taxpayer_record_id = holders.mention_id
where objects.reference is not null

-- What is taxed of protected people, and of organisations that they answer for: a co-holder's row tells the same place.
with

links as (

    select * from {{ ref('int_person_links') }}

),

holders as (

    select links.mention_id
    from links
    inner join {{ ref('int_protected_persons') }} as protected on links.person_id = protected.person_id
    union all
    select mention_id from {{ ref('int_protected_organisations') }}

)

select distinct
    objects.tax,
    objects.reference
from {{ ref('stg_objectes_tributaris__objectes') }} as objects
inner join holders on objects.taxpayer_record_id = holders.mention_id
where objects.reference is not null

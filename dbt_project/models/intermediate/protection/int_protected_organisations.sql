-- An organisation may have its seat at the home of whoever answers for it.
with

represented as (

    select
        record_id,
        taxpayer_record_id as mention_id
    from {{ ref('stg_contribuents__representatives') }}
    union all
    select
        record_id,
        represented_record_id as mention_id
    from {{ ref('stg_tramits_hisenda__representatives') }}

),

links as (

    select * from {{ ref('stg_linkage__organisation_links') }}

),

of_protected as (

    select distinct links.organisation_id
    from represented
    inner join {{ ref('int_protected_mentions') }} as protected on represented.record_id = protected.mention_id
    inner join links on represented.mention_id = links.mention_id

)

select
    links.mention_id,
    links.organisation_id
from links
inner join of_protected on links.organisation_id = of_protected.organisation_id

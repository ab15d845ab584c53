-- An organisation may have its address at the home of its representative, or be one person under their own document.
with

links as (

    select * from {{ ref('stg_linkage__organisation_links') }}

),

contribuents_representatives as (

    select * from {{ ref('stg_contribuents__representatives') }}

),

tramits_hisenda_representatives as (

    select * from {{ ref('stg_tramits_hisenda__representatives') }}

),

protected as (

    select * from {{ ref('int_protected_mentions') }}

),

mentions as (

    select * from {{ ref('int_person_mentions') }}

),

organisation_keys as (

    select * from {{ ref('int_organisation_keys') }}

),

nifs as (

    select
        organisation_id,
        value as nif
    from organisation_keys
    where kind = 'document'

),

represented as (

    select
        record_id,
        taxpayer_record_id as mention_id
    from contribuents_representatives
    union all
    select
        record_id,
        represented_record_id as mention_id
    from tramits_hisenda_representatives

),

of_protected as (

    select distinct links.organisation_id
    from represented
    inner join protected on represented.record_id = protected.mention_id
    inner join links on represented.mention_id = links.mention_id
    union
    select nifs.organisation_id
    from protected
    inner join mentions on protected.mention_id = mentions.mention_id
    inner join nifs on nullif(ltrim(mentions.document, '0'), '') = nifs.nif

),

final as (

    select
        links.mention_id,
        links.organisation_id
    from links
    inner join of_protected on links.organisation_id = of_protected.organisation_id

)

select * from final

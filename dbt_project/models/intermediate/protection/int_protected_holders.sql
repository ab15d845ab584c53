with

protected_mentions as (

    select * from {{ ref('int_protected_mentions') }}

),

protected_organisations as (

    select * from {{ ref('int_protected_organisations') }}

),

final as (

    select mention_id from protected_mentions
    union all
    select mention_id from protected_organisations

)

select * from final

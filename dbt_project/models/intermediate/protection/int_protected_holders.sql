select mention_id from {{ ref('int_protected_mentions') }}
union all
select mention_id from {{ ref('int_protected_organisations') }}

select * from {{ ref('stg_linies_bus__elements') }}

select * from {{ ref('stg_zones__zones') }}

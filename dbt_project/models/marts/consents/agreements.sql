with

agreements as (

    select * from {{ ref('stg_run__agreements') }}

)

select * from agreements

-- The mentions of people of all sources in one shape; later models do not depend on the source.
with

registers as (

    select * from {{ ref('stg_run__registers') }}

),

mentions as (

    {{ union_of_sources('mentions') | indent }}

),

-- The contracts define which sources list each person once.
final as (

    select mentions.* replace (registers.source as entry_of)
    from mentions
    left join registers on mentions.entry_of = registers.source

)

select * from final

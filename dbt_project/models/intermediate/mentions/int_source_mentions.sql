-- Every source's mentions of people in one shape; the models from here on know no source.
with

registers as (

    select * from {{ ref('stg_run__registers') }}

),

mentions as (

    {{ union_of_sources('mentions') | indent }}

),

-- Which sources list each person once is for their contracts to say.
final as (

    select mentions.* replace (registers.source as entry_of)
    from mentions
    left join registers on mentions.entry_of = registers.source

)

select * from final

with

all_mentions as (

    select * from {{ in_hub('mentions') }}

),

agreements as (

    select * from {{ in_hub('agreements') }}

),

link_only_sources as (

    select source
    from agreements
    group by source
    having {{ is_link_only() }}

),

mentions as (

    select all_mentions.*
    from all_mentions
    anti join link_only_sources on all_mentions.source = link_only_sources.source

),

final as (

    select
        person_id,
        source,
        source_key,
        confidence,
        method,
        cast(observed_at as date) as observed
    from mentions

)

select * from final

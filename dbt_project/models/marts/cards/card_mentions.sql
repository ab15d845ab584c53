with

mentions as (

    select * from {{ in_hub('mentions') }}

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

-- Every segment's own query, one below the other; a column that a segment does not tell is null.
with

candidates as (

    select
        cast(null as varchar) as segment,
        cast(null as varchar) as topic,
        cast(null as varchar) as person_id,
        cast(null as varchar) as organisation_id,
        cast(null as varchar) as about_person_id,
        cast(null as varchar) as basis,
        cast(null as varchar) as reason,
        cast(null as varchar) as request_id,
        cast(null as varchar) as content,
        cast(null as varchar) as reference,
        cast(null as varchar) as stratum,
        cast(null as integer) as preference,
        cast(null as boolean) as is_doubted
    where false
    {% for name in var('segments') %}
        union all by name
        select
            '{{ name }}' as segment,
            *
        from {{ ref('segment_' ~ name) }}
    {%- endfor %}

),

final as (

    select distinct
        md5(concat_ws(
            '|', segment, topic, coalesce(person_id, organisation_id, ''), coalesce(about_person_id, ''), basis, reason,
            coalesce(request_id, '')
        )) as candidate_id,
        -- By name: a column more in one segment's query must not reach the funnel of all.
        segment,
        topic,
        person_id,
        organisation_id,
        about_person_id,
        basis,
        reason,
        request_id,
        content,
        reference,
        stratum,
        preference,
        is_doubted
    from candidates

)

select * from final

-- The union of all segments' queries; a column that a query does not have is null.
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
        cast(null as varchar) as content_source,
        cast(null as varchar) as reference,
        cast(null as varchar) as stratum,
        cast(null as integer) as preference,
        cast(null as boolean) as is_doubted,
        cast(null as boolean) as has_notice,
        cast(null as varchar[]) as notice_channels,
        cast(null as varchar) as addressee
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
        -- Listed by name, so that an extra column of one segment's query does not reach the funnel.
        segment,
        topic,
        person_id,
        organisation_id,
        about_person_id,
        basis,
        reason,
        request_id,
        content,
        content_source,
        reference,
        stratum,
        preference,
        is_doubted,
        has_notice,
        notice_channels,
        if(organisation_id is null, coalesce(addressee, 'person'), 'organisation') as addressee
    from candidates

)

select * from final

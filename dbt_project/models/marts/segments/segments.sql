with

declared as (

    {% for name in var('segments') %}
        {{ "union all" if not loop.first }}
        {{ declared_segment(name, segment_declaration(name)) }}
    {% endfor %}

)

select * from declared

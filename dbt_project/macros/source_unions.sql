{#- The union of the models of a kind, such as `mentions`, of all sources that have one. -#}
{% macro union_of_sources(kind) -%}
    {%- for source in sources_with(kind) -%}
        {%- if not loop.first %}
union all by name
{% endif -%}
        select * from {{ ref('int_' ~ source ~ '__' ~ kind) }}
    {%- endfor -%}
{%- endmacro %}

{#- Of a group of agreements: whether a source may only be linked, and used for notices by how people travel. -#}
{% macro is_link_only() -%}
    bool_and(purpose in ('link', 'mobility'))
{%- endmacro %}

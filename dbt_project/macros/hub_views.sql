{#- A table of the hub without its database: a view that names none holds in each file that it is copied to. -#}
{% macro in_hub(name) -%}
    {{ ref(name) | replace('"work".', '') }}
{%- endmacro %}

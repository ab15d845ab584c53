{#- A table of the hub without its database, so that a view on it works in each file that it is copied to. -#}
{% macro in_hub(name) -%}
    {{ ref(name) | replace('"work".', '') }}
{%- endmacro %}

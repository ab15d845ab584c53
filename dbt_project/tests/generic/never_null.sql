{#- One row per null in columns that must not be null. One test per model: a test per column would take too long. -#}
{% test never_null(model, columns) %}
{%- set nulls = [] -%}
{%- for column in columns -%}
    {%- do nulls.append("if(" ~ column ~ " is null, '" ~ column ~ "', null)") -%}
{%- endfor %}

select unnest(list_filter([{{ nulls | join(', ') }}], lambda name: name is not null)) as null_column
from {{ model }}
where {{ columns | join(' is null or ') }} is null

{% endtest %}

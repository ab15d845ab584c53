{#- One row per null in columns that are never null; one test of a model, where a test of each column would cost a night. -#}
{% test never_null(model, columns) %}
{%- set nulls = [] -%}
{%- for column in columns -%}
    {%- do nulls.append("if(" ~ column ~ " is null, '" ~ column ~ "', null)") -%}
{%- endfor %}

select unnest(list_filter([{{ nulls | join(', ') }}], lambda name: name is not null)) as null_column
from {{ model }}
where {{ columns | join(' is null or ') }} is null

{% endtest %}

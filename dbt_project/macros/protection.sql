{#- Some mentions, and all others of their persons; `links` is a CTE of the model. -#}
{% macro mentions_of_the_same(mentions) -%}
    select mention_id from {{ mentions }}
    union
    select others.mention_id
    from {{ mentions }}
    inner join links as theirs on {{ mentions }}.mention_id = theirs.mention_id
    inner join links as others on theirs.person_id = others.person_id
{%- endmacro %}

{#- A value, unless what `protected` is joined for is somebody's whose address and contact are reserved. -#}
{% macro unless_protected(column, alias=none, key='person_id') -%}
    if(protected.{{ key }} is null, {{ column }}, null) as {{ alias or column.split('.')[-1] }}
{%- endmacro %}

{#- Attributes that tell where somebody lives or is reached. -#}
{% macro is_reserved_attribute(column) -%}
    {{ column }} in ('address', 'household_id', 'email', 'phone')
{%- endmacro %}

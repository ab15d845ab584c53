{#- Some mentions, and all other mentions of their persons; `links` is a CTE of the model. -#}
{% macro mentions_of_the_same(mentions) -%}
    select mention_id from {{ mentions }}
    union
    select others.mention_id
    from {{ mentions }}
    inner join links as theirs on {{ mentions }}.mention_id = theirs.mention_id
    inner join links as others on theirs.person_id = others.person_id
{%- endmacro %}

{#- What the model's YAML declares as reserved for a column or for whole rows. dbt knows the YAML when it runs. -#}
{% macro reserved(column=none) -%}
    {%- set declared = (model.columns.get(column, {}) if column else model).get('config', {}).get('meta', {}) -%}
    {%- if 'reserved' not in declared -%}
        {{ exceptions.raise_compiler_error(
            (column or 'rows of ' ~ model.name) ~ ' can be hidden only if the YAML of ' ~ model.name
            ~ ' declares it: add `config: {meta: {reserved: {when: …}}}`'
        ) }}
    {%- endif -%}
    {{ return(declared.reserved) }}
{%- endmacro %}

{#- A column that the YAML declares as reserved: its value, or the declared substitute if `by` is not null. -#}
{% macro unless_protected(value, column=none, by='protected.person_id') -%}
    {%- set name = column or value.split('.')[-1] -%}
    if({{ by }} is null, {{ value }}, {{ reserved(name).get('becomes', 'null') if execute else 'null' }}) as {{ name }}
{%- endmacro %}

{#- Whether a row is shown: not if `by` is not null and the YAML declares the row as reserved. -#}
{% macro is_shown(by='protected.person_id') -%}
    ({{ by }} is null or not ({{ reserved().get('rows', 'true') if execute else 'true' }}))
{%- endmacro %}

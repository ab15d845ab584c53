{#- A table or view, made in one statement. dbt's own makes each under another name and renames it twice, for readers who
    look at it meanwhile; nobody reads the work database while it is built. -#}
{% macro made_in_one_statement(kind, definition) -%}
    {%- set relation = this.incorporate(type=kind) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and existing.type != kind -%}
        {{ drop_relation_if_exists(existing) }}
    {%- endif -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        create or replace {{ kind }} {{ relation }} as (
            {{ definition }}
        )
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(relation, model) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [relation]}) }}
{%- endmacro %}

{% materialization table, adapter='duckdb' %}
    {{ return(made_in_one_statement('table', compiled_code)) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(made_in_one_statement('view', compiled_code)) }}
{% endmaterialization %}

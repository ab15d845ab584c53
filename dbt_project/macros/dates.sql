{#- A Padró date AAAAMMDD; null if day or month are unknown (00) or the day does not exist. -#}
{% macro padro_date(column) -%}
    try_cast(try_strptime({{ column }}, '%Y%m%d') as date)
{%- endmacro %}

{#- The year of a Padró date, known even if day and month are 00. -#}
{% macro padro_year(column) -%}
    nullif(try_cast(left({{ column }}, 4) as integer), 0)
{%- endmacro %}

{#- A date of an IRIS card, from its three columns; null if they are empty. -#}
{% macro iris_date(prefix, moment) -%}
    try_cast(
        {{ prefix }}any_data_{{ moment }} || '-' || {{ prefix }}mes_data_{{ moment }} || '-' || {{ prefix }}dia_data_{{ moment }}
        as date
    )
{%- endmacro %}

{#- The latest possible birth date if only the year is known: nobody is treated as older than they may be. -#}
{% macro born_at_latest(relation=none) -%}
    {%- set of = relation ~ '.' if relation else '' -%}
    coalesce({{ of }}birth_date, make_date({{ of }}birth_year, 12, 31))
{%- endmacro %}

{#- A date as people and tools write it, without time and zone; null if it is not a date. -#}
{% macro written_date(column) -%}
    try_cast(try_strptime(
        regexp_replace(
            trim({{ column }}),
            '[T ]+[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)? ?(Z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)?$',
            ''
        ),
        ['%Y-%m-%d', '%Y%m%d', '%d/%m/%Y', '%d-%m-%Y', '%d.%m.%Y', '%Y/%m/%d']
    ) as date)
{%- endmacro %}

{#- The legal form that a normalised name begins or ends with; null where it tells none. -#}
{% macro legal_form(name) -%}
    case
        {%- for form in var('legal_forms') %}
        when regexp_matches({{ name }}, '( ({{ form.words }})|^({{ form.words }}) .+)$') then '{{ form.form }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- A normalised name without its legal form, at its end or its beginning; a form alone stays as it is. -#}
{% macro name_without_form(name) -%}
    {%- set words = var('legal_forms') | map(attribute='words') | join('|') -%}
    coalesce(
        nullif(trim(regexp_replace(
            regexp_replace({{ name }}, ' ({{ words }})$', ''), '^({{ words }}) (DE LA |DE LES |DELS |DEL |DE |D |L )?', ''
        )), ''),
        {{ name }}
    )
{%- endmacro %}

{#- A candidate's value for the criterion at a place in its attribute's order: lower is better. -#}
{% macro worth_by_criterion(place) -%}
    case criteria.places[{{ place }}]
        when 'validity' then compared.invalidity
        when 'completeness' then compared.missing_parts
        when 'trust' then compared.trust
        when 'agreement' then -compared.agreeing_sources
        when 'latest' then -compared.observed_us
        when 'earliest' then compared.observed_us
    end
{%- endmacro %}

{#- A candidate as a struct; a criterion that its attribute does not use keeps the default. -#}
{% macro candidate(attribute, value, invalidity='0', missing_parts='0', objection='null') -%}
    {
        'attribute': '{{ attribute }}',
        'value': {{ value }},
        'invalidity': cast({{ invalidity }} as integer),
        'missing_parts': cast({{ missing_parts }} as integer),
        'objection': cast({{ objection }} as varchar)
    }
{%- endmacro %}

{#- An e-mail or a telephone. It is worth less if messages bounce there, unless the source has it again since. -#}
{% macro contact_candidate(attribute) -%}
    {{ candidate(
        attribute,
        attribute,
        invalidity='if(' ~ attribute ~ '_bounced_at >= observed_at, 1, 0)',
        objection="case when not gives_contact then 'not given as their own' when is_" ~ attribute
            ~ "_shared then 'shared by many' end"
    ) }}
{%- endmacro %}

{#- What a candidate is worth by the criterion of a place in its attribute's order: less is better. -#}
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

{#- The columns of an inscription, typed; the full register and its variations have the same. -#}
{% macro padro_inscription() -%}
        nia as padro_person_id,
        cvar as variation_type,
        cauv as variation_cause,
        {{ padro_date('fvar') }} as variation_date,
        {{ padro_date('falta') }} as entered_date,
        {{ padro_date('fcadu') }} as expires_date,
        cvar in ('A', 'M') as is_live,
        cvar = 'B' and coalesce(cauv, '') = 'BD' as is_deceased,
        nomb as given_name,
        nullif(concat_ws(' ', part1, ape1), '') as surname_1,
        nullif(concat_ws(' ', part2, ape2), '') as surname_2,
        case sexo when '1' then 'M' when '6' then 'F' end as sex,
        {{ padro_date('fnac') }} as birth_date,
        {{ padro_year('fnac') }} as birth_year,
        cpron as birth_province_code,
        cmunn as birth_place_code,
        naci as nationality_code,
        case tide when '1' then 'DNI' when '2' then 'PASSPORT' when '3' then 'NIE' when '4' then 'NIE' end
            as document_declared_type,
        iden as document_raw,
        nullif(concat_ws(' ', tvia, coalesce(nvia, npsvia)), '') as street,
        nullif(concat(ltrim(numer, '0'), cnumer), '') as street_number,
        {{ normalise_postcode('cpos') }} as postcode,
        nullif(concat_ws(' ', bloq, port, esca, plan, puer), '') as dwelling,
        nhop as household_id,
        dist as district_code,
        barri as barri_code,
        dist || secc as census_section,
        aeb as statistical_area_code,
        nullif(try_cast(x_etrs89 as double), 0) / 100 as x_etrs89,
        nullif(try_cast(y_etrs89 as double), 0) / 100 as y_etrs89
{%- endmacro %}

{#- A list of the columns in which two rows differ. -#}
{% macro differing(one, other, columns) -%}
    list_filter([
        {%- for column in columns %}
        if({{ one }}.{{ column }} is distinct from {{ other }}.{{ column }}, '{{ column }}', null)
        {{- "," if not loop.last }}
        {%- endfor %}
    ], lambda name: name is not null)
{%- endmacro %}

{#-
    An inscription's number (NIA) from a text that may have lost its leading zeros, or been a floating-point number in
    between; null if it has no digits.
-#}
{% macro padro_person_id(column) -%}
    nullif(lpad(regexp_replace({{ repair_number(column) }}, '[^0-9]', '', 'g'), 15, '0'), repeat('0', 15))
{%- endmacro %}

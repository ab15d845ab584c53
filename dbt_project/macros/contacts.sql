{#- E-mail in lower case; null unless its syntax holds. -#}
{% macro normalise_email(column) -%}
    case
        when
            regexp_full_match(
                lower(trim({{ column }})),
                '[a-z0-9_%+-]+([.][a-z0-9_%+-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?[.])+[a-z]{2,}'
            )
            then lower(trim({{ column }}))
    end
{%- endmacro %}

{#- Addresses that stand for "none" or for the counter itself: no contact of a person, whoever gave them. -#}
{% macro is_office_email(column) -%}
    (
        regexp_matches({{ column }}, '^(no-?reply|noreply|no|none|notiene|notengo|noemail|sinemail|sincorreo|info|oac|x+|a+)@')
        or regexp_matches({{ column }}, '@([a-z0-9-]+[.])*(bcn[.]cat|barcelona[.]cat)$')
    )
{%- endmacro %}

{#- Digits of a telephone, with a plus sign only where a country was dialled. -#}
{% macro phone_digits(column) -%}
    regexp_replace(regexp_replace(regexp_replace(
        {{ column }}, '[^0-9+]', '', 'g'
    ), '^00', '+'), '^[+]?34([6-9][0-9]{8})$', '\1')
{%- endmacro %}

{#- E.164; null for short codes (010, 112), 800 and 90x numbers, one digit repeated, and what is no telephone. -#}
{% macro normalise_phone(column) -%}
    {%- set digits = phone_digits(column) -%}
    case
        when regexp_matches({{ digits }}, '^(80|90)') then null
        when replace({{ digits }}, right({{ digits }}, 1), '') in ('', '6', '7', '9') then null
        when regexp_full_match({{ digits }}, '[6-9][0-9]{8}') then '+34' || {{ digits }}
        when
            regexp_full_match({{ digits }}, '[+][1-9][0-9]{7,14}') and not starts_with({{ digits }}, '+34')
            then {{ digits }}
    end
{%- endmacro %}

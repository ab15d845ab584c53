{#-
    A query of a relation that splits a column with a whole name into given_name, surname_1 and surname_2. The name is
    "COGNOMS, NOM", or has no comma: then the given name is the rest after two surnames.
-#}
{% macro split_whole_name(relation, column) -%}
    {%- set surnames = "regexp_replace(trim(split_part(" ~ column ~ ", ',', 1)), ' +', ' ', 'g')" -%}
    select
        * exclude (has_comma, after_comma, first_part, after_first, second_part),
        if(has_comma, after_comma, nullif(trim(substr(after_first, length(coalesce(second_part, '')) + 1)), ''))
            as given_name,
        nullif(first_part, '') as surname_1,
        nullif(second_part, '') as surname_2
    from (
        select
            *,
            contains({{ column }}, ',') as has_comma,
            nullif(trim(split_part({{ column }}, ',', 2)), '') as after_comma,
            {{ first_surname(surnames) }} as first_part,
            trim(substr({{ surnames }}, length(first_part) + 1)) as after_first,
            case when has_comma then after_first when contains(after_first, ' ') then {{ first_surname('after_first') }} end
                as second_part
        from {{ relation }}
    ) as parts
{%- endmacro %}

{#- The first of several surnames, with its particles. -#}
{% macro first_surname(column) -%}
    regexp_extract(
        trim({{ column }}),
        '(?i)^(?:(?:DE|LAS|LOS|LA|DEL|DELS|DA|DO|DOS|DAS|DI|VAN|VON|DER|DEN|EL|SAN|SANTA|MC|MAC) )*[^ ]+'
    )
{%- endmacro %}

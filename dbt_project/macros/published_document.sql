{#-
    The part of a document that may be published, as the data protection authorities agreed for LOPDGDD DA 7: digits 4
    to 7 of a DNI (***4567**), those of a NIE without its letter, characters 3 to 6 of a passport. Null for others.
-#}
{% macro published_document(column) -%}
    list_transform(
        [{{ compact_document(column) }}],
        lambda number: case
            when regexp_full_match(number, '[0-9]{8}[A-Z]') then '***' || substr(number, 4, 4) || '**'
            when regexp_full_match(number, '[XYZ][0-9]{7}[A-Z]') then '****' || substr(number, 5, 4) || '*'
            when regexp_full_match(number, '[A-Z]{2,3}[0-9]{6,7}') then '*****' || regexp_extract(number, '[0-9]{4}$')
        end
    )[1]
{%- endmacro %}

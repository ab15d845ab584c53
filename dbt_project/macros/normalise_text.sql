{#- Upper case ASCII words, one space between them; null when nothing is left. -#}
{% macro normalise_text(column) -%}
    nullif(trim(regexp_replace(
        replace(replace(replace(replace(replace(
            upper(strip_accents(replace({{ column }}, 'ß', 'ss'))),
        'Þ', 'TH'), 'Ø', 'O'), 'Ł', 'L'), 'Đ', 'D'), 'Æ', 'AE'),
    '[^A-Z0-9]+', ' ', 'g')), '')
{%- endmacro %}

{#- A name without particles, hyphens and accents; a name of particles alone stays as it is. -#}
{% macro normalise_name(column) -%}
    {%- set plain = normalise_text("regexp_replace(" ~ column ~ ", '[''’´`·]', '', 'g')") -%}
    {%- set particles = 'DE|DEL|DELS|DELLA|DA|DO|DOS|DAS|DI|DU|LA|LAS|LO|LOS|LES|EL|ELS|I|Y|E|VAN|VON|DER|DEN' -%}
    coalesce(
        nullif(trim(regexp_replace(regexp_replace(
            {{ plain }}, '\b({{ particles }})\b', ' ', 'g'
        ), ' +', ' ', 'g')), ''),
        {{ plain }}
    )
{%- endmacro %}

{#- A street without its type, in the council's, INE's, Cadastre's or people's own spelling, and without particles. -#}
{% macro normalise_street(column) -%}
    {%- set plain = normalise_text(column) -%}
    {%- set types = var('street_types') | map(attribute='words') | join('|') -%}
    coalesce(
        nullif(trim(regexp_replace(regexp_replace(regexp_replace(
            {{ plain }}, '^(({{ types }}) )+', ''
        ), '\b(DE|DEL|DELS|D|L|LA|LES|LAS|LOS|EL|ELS|EN|NA|I|Y)\b', ' ', 'g'), ' +', ' ', 'g')), ''),
        {{ plain }}
    )
{%- endmacro %}

{#- The type before a street's name; of several the one that is more than a mere street. Null where it tells none. -#}
{% macro street_type(column) -%}
    {%- set types = var('street_types') | map(attribute='words') | join('|') -%}
    {%- set told = "regexp_extract(" ~ normalise_text(column) ~ ", '^((" ~ types ~ ") )+')" -%}
    case
        {%- for kind in (var('street_types') | rejectattr('type', 'in', ['', 'CARRER'])) %}
        when regexp_matches({{ told }}, '(^| )({{ kind.words }}) ') then '{{ kind.type }}'
        {%- endfor %}
        {%- for kind in (var('street_types') | selectattr('type', 'equalto', 'CARRER')) %}
        when regexp_matches({{ told }}, '^({{ kind.words }}) ') then '{{ kind.type }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- The letter or "bis" behind a house number; what follows after another number is a floor. -#}
{% macro street_letter(column) -%}
    nullif(regexp_extract({{ normalise_text(column) }}, '^[0-9]+ ?(BIS|[A-Z])( |$)', 1), '')
{%- endmacro %}

{#- The first house number without leading zeros; null for none, zero and "s/n". -#}
{% macro normalise_street_number(column) -%}
    nullif(ltrim(regexp_extract({{ column }}, '[0-9]+'), '0'), '')
{%- endmacro %}

{#-
    Five digits of a Spanish province; a lost leading zero comes back, a town behind them goes. One digit repeated stands
    for none. Nearly all are plain: these cost one comparison.
-#}
{% macro normalise_postcode(column) -%}
    case
        when {{ column }} in ('11111', '22222', '33333', '44444') then null
        when regexp_full_match({{ column }}, '(0[1-9]|[1-4][0-9]|5[0-2])[0-9]{3}') then {{ column }}
        when {{ column }} is not null
            then list_filter(
                list_transform(
                    [{{ repair_number(column) }}],
                    lambda written: lpad(replace(replace(regexp_extract(
                        written,
                        '^[^\pL0-9]*(?:(?:E|ES|CP|C[.] ?P[.]?)[ .:-]*)?([0-9]{2}[ .]?[0-9]{3}|[0-9]{4}[^\pL0-9]*$)(?:[^\pL0-9]+[^0-9]*)?$',
                        1
                    ), ' ', ''), '.', ''), 5, '0')
                ),
                lambda digits: regexp_full_match(digits, '(0[1-9]|[1-4][0-9]|5[0-2])[0-9]{3}')
                and digits not in ('11111', '22222', '33333', '44444', '09999')
            )[1]
    end
{%- endmacro %}

{#-
    A postcode as it is compared in a file whose country is not known: a Spanish one, or else what may be another
    country's in capital letters and digits alone. Zeros, nines and one digit repeated are null.
-#}
{% macro comparable_postcode(column) -%}
    coalesce(
        {{ normalise_postcode(column) }},
        list_filter(
            [
                regexp_replace(
                    -- Four digits behind five say where a letter goes within a district of the United States.
                    regexp_replace(upper(strip_accents({{ repair_number(column) }})), '^\s*([0-9]{5})-[0-9]{4}\s*$', '\1'),
                    '[^A-Z0-9]', '', 'g'
                )
            ],
            lambda code: regexp_full_match(code, '[A-Z0-9]{3,10}')
            and regexp_matches(code, '[0-9].*[0-9]')
            and not regexp_full_match(code, '0+|9+|1{5,}|2{5,}|3{5,}|4{5,}|5{5,}|6{5,}|7{5,}|8{5,}')
        )[1]
    )
{%- endmacro %}

{#- An address in one line, as the Cadastre writes it: type and street, number, then block, stairs, floor and door, postcode, town. -#}
{% macro cadastre_address() -%}
    '^(.*?) ([0-9]+)(?: (?:Bl|Es|Pl|Pt):[^ ]*)* ([0-9]{5}) '
{%- endmacro %}

{#- Whether a postcode is the city's, or may be, as none was told. -#}
{% macro is_in_town(postcode) -%}
    coalesce({{ postcode }} between '08001' and '08042', true)
{%- endmacro %}

{#- The key of an address: the same for all who write it in ways that are read alike. -#}
{% macro address_id(street, street_type, street_number, street_letter, postcode) -%}
    md5(concat_ws(
        '|', {{ street }}, coalesce({{ street_type }}, ''), coalesce({{ street_number }}, ''),
        coalesce({{ street_letter }}, ''), coalesce({{ postcode }}, '')
    )) as address_id
{%- endmacro %}

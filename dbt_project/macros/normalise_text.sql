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

{#- Five digits of a Spanish province; a lost leading zero comes back. -#}
{% macro normalise_postcode(column) -%}
    nullif(regexp_extract(
        lpad(regexp_extract(trim({{ column }}), '^[0-9]{4,5}$'), 5, '0'), '^(0[1-9]|[1-4][0-9]|5[0-2])[0-9]{3}$'
    ), '')
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

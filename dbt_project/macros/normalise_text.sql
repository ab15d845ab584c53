{#- Upper case ASCII words with one space between them; null if nothing is left. -#}
{% macro normalise_text(column) -%}
    nullif(trim(regexp_replace(
        replace(replace(replace(replace(replace(
            upper(strip_accents(replace({{ column }}, 'ß', 'ss'))),
        'Þ', 'TH'), 'Ø', 'O'), 'Ł', 'L'), 'Đ', 'D'), 'Æ', 'AE'),
    '[^A-Z0-9]+', ' ', 'g')), '')
{%- endmacro %}

{#-
    A name without particles, hyphens and accents; a name with only particles keeps them. Cyrillic and Greek letters
    are transliterated, letters of other alphabets stay.
-#}
{% macro normalise_name(column) -%}
    {#- `Mª` and `M.ª` are MA, a usual form of MARIA. -#}
    {%- set written = "regexp_replace(regexp_replace(" ~ column ~ ", '[.]?ª', 'a', 'g'), '[''’´`·]', '', 'g')" -%}
    case
        when {{ has_only_latin_letters(column) }} then {{ without_particles(normalise_text(written)) }}
        else {{ without_particles(normalise_letters(written)) }}
    end
{%- endmacro %}

{% macro without_particles(name) -%}
    {%- set particles = 'DE|DEL|DELS|DELLA|DA|DO|DOS|DAS|DI|DU|LA|LAS|LO|LOS|LES|EL|ELS|I|Y|E|VAN|VON|DER|DEN' -%}
    coalesce(
        nullif(trim(regexp_replace(regexp_replace(
            {{ name }}, '\b({{ particles }})\b', ' ', 'g'
        ), ' +', ' ', 'g')), ''),
        {{ name }}
    )
{%- endmacro %}

{#- The letters of a name in upper case with their accents; null if none has one. Júlia and Julià are two names. -#}
{% macro accented_letters(column) -%}
    {%- set letters = "regexp_replace(upper(nfc_normalize(" ~ column ~ ")), '[^\\p{L}]', '', 'g')" -%}
    case when strip_accents({{ column }}) != {{ column }} then {{ letters }} end
{%- endmacro %}

{#- Whether a text has no letters of another alphabet; nearly all names are so. -#}
{% macro has_only_latin_letters(column) -%}
    coalesce(not regexp_matches({{ column }}, '[\x{0370}-\x{1DFF}\x{1F00}-\x{1FFF}\x{2C00}-\x{FFFF}]'), true)
{%- endmacro %}

{#-
    Upper case words of letters of any alphabet, with one space between them; null if nothing is left. Cyrillic and
    Greek letters are transliterated as in passports (ICAO 9303). Where marks are letters, as in the alphabets of
    India, Thailand and Japan, they stay.
-#}
{% macro normalise_letters(column) -%}
    {%- set marks_are_letters = '[\\x{0900}-\\x{109F}\\x{1780}-\\x{17FF}\\x{3040}-\\x{30FF}]' -%}
    {%- set letters = ['Ж', 'Х', 'Ц', 'Ч', 'Ш', 'Щ', 'Ю', 'Я', 'Є', 'Ђ', 'Љ', 'Њ', 'Џ', 'Θ', 'Χ', 'Ψ', 'Ь', 'Ъ'] -%}
    {%- set latin = [
        'ZH', 'KH', 'TS', 'CH', 'SH', 'SHCH', 'IU', 'IA', 'IE', 'DJ', 'LJ', 'NJ', 'DZ', 'TH', 'CH', 'PS', '', ''
    ] -%}
    {%- set letters = letters + 'АБВГДЕЗИІКЛМНОПРСТУФЫЭҐЈЋΑΒΓΔΕΖΗΙΚΛΜΝΞΟΠΡΣΤΥΦΩ' | list -%}
    {%- set latin = latin + 'ABVGDEZIIKLMNOPRSTUFYEGJCAVGDEZIIKLMNXOPRSTYFO' | list -%}
    {%- set unmarked = "if(regexp_matches(" ~ column ~ ", '" ~ marks_are_letters ~ "'), nfc_normalize(" ~ column
        ~ "), strip_accents(" ~ column ~ "))" -%}
    nullif(trim(regexp_replace(
        array_to_string(
            list_transform(
                string_split(replace(upper({{ unmarked }}), 'ΟΥ', 'OU'), ''),
                lambda letter: coalesce(
                    map_extract(map({{ text_list(letters) }}, {{ text_list(latin) }}), letter)[1], letter
                )
            ),
            ''
        ),
        '[^\p{L}\p{M}\p{N}]+', ' ', 'g'
    )), '')
{%- endmacro %}

{#- A street without particles and without its type, as the council, INE, the Cadastre or people spell it. -#}
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

{#- The type before a street's name; if several, one other than CARRER. Null if there is none. -#}
{% macro street_type(column) -%}
    {%- set types = var('street_types') | map(attribute='words') | join('|') -%}
    {%- set words = "regexp_extract(" ~ normalise_text(column) ~ ", '^((" ~ types ~ ") )+')" -%}
    case
        {%- for kind in (var('street_types') | rejectattr('type', 'in', ['', 'CARRER'])) %}
        when regexp_matches({{ words }}, '(^| )({{ kind.words }}) ') then '{{ kind.type }}'
        {%- endfor %}
        {%- for kind in (var('street_types') | selectattr('type', 'equalto', 'CARRER')) %}
        when regexp_matches({{ words }}, '^({{ kind.words }}) ') then '{{ kind.type }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- The letter or "bis" after a house number; a letter after a second number is a floor's. -#}
{% macro street_letter(column) -%}
    nullif(regexp_extract({{ normalise_text(column) }}, '^[0-9]+ ?(BIS|[A-Z])( |$)', 1), '')
{%- endmacro %}

{#- The first house number without leading zeros; null if there is none, for zero and for "s/n". -#}
{% macro normalise_street_number(column) -%}
    nullif(ltrim(regexp_extract({{ column }}, '[0-9]+'), '0'), '')
{%- endmacro %}

{#-
    Five digits that begin with a Spanish province. A lost leading zero is restored, a town after them is removed. One
    repeated digit means none. Nearly all are plain, and cost one comparison.
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
    The form of a postcode for comparison, in a file of unknown country: a Spanish one, otherwise one that may be
    another country's, only its capital letters and digits. Zeros, nines and one repeated digit are null.
-#}
{% macro comparable_postcode(column) -%}
    coalesce(
        {{ normalise_postcode(column) }},
        list_filter(
            [
                regexp_replace(
                    -- In the United States, four digits after five name a part of the district.
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

{#- An address in one line as in the Cadastre: type, street, number, block, stairs, floor, door, postcode, town. -#}
{% macro cadastre_address() -%}
    '^(.*?) ([0-9]+)(?: (?:Bl|Es|Pl|Pt):[^ ]*)* ([0-9]{5}) '
{%- endmacro %}

{#- Whether a postcode is the city's, or may be, because it is missing. -#}
{% macro is_in_town(postcode) -%}
    coalesce({{ postcode }} between '08001' and '08042', true)
{%- endmacro %}

{#- The key of an address: the same for all spellings with the same normalised parts. -#}
{% macro address_id(street, street_type, street_number, street_letter, postcode) -%}
    md5(concat_ws(
        '|', {{ street }}, coalesce({{ street_type }}, ''), coalesce({{ street_number }}, ''),
        coalesce({{ street_letter }}, ''), coalesce({{ postcode }}, '')
    )) as address_id
{%- endmacro %}

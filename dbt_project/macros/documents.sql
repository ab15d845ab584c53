{#- The control letter of the digits of a DNI, or of a NIE whose X, Y, Z stands as 0, 1, 2. -#}
{% macro control_letter(digits) -%}
    substr('TRWAGMYFPDXBNJZSQVHLCKE', cast(try_cast({{ digits }} as bigint) % 23 as integer) + 1, 1)
{%- endmacro %}

{#- Letter or digit that a DNI, NIE or NIF K, L, M must end with. -#}
{% macro expected_letter(number) -%}
    {{ control_letter(
        "case when left(" ~ number ~ ", 1) in ('K', 'L', 'M') then substr(" ~ number ~ ", 2, 7) "
        ~ "else translate(left(" ~ number ~ ", 8), 'XYZ', '012') end"
    ) }}
{%- endmacro %}

{#- The control digit of a CIF's seven digits: odd positions doubled and their digits added, even ones as they are. -#}
{% macro cif_control(number) -%}
    (10 - (
        {%- for position in [3, 5, 7] %}
        coalesce(try_cast(substr({{ number }}, {{ position }}, 1) as integer), 0) +
        {%- endfor %}
        {%- for position in [2, 4, 6, 8] %}
        coalesce(try_cast(substr({{ number }}, {{ position }}, 1) as integer), 0) * 2 % 10
        + coalesce(try_cast(substr({{ number }}, {{ position }}, 1) as integer), 0) // 5
        {{- " +" if not loop.last }}
        {%- endfor %}
    ) % 10) % 10
{%- endmacro %}

{#- Whether a number of a CIF's form ends in the digit or the letter that it must end with. -#}
{% macro has_cif_control(number) -%}
    right({{ number }}, 1) in (
        cast({{ cif_control(number) }} as varchar), substr('JABCDEFGHI', {{ cif_control(number) }} + 1, 1)
    )
{%- endmacro %}

{#- Words for a document, in capital letters without accents. -#}
{% macro document_words() -%}
    DNIE|D[. ]*N[. ]*I|N[. ]*I[. ]*F|N[. ]*I[. ]*E|T[. ]*I[. ]*E|C[. ]*I[. ]*F|PASSAPORT|PASAPORTE|PASSPORT|DOCUMENTO?|DOC|IDENTITAT|IDENTIDAD|IDENTITY
{%- endmacro %}

{#- A document in capital letters without the words before and behind it: `DNI núm.`, `Passport no.`, `(NIE)`. -#}
{% macro without_document_words(column) -%}
    regexp_replace(regexp_replace(
        {{ column }},
        '^[^A-Z0-9]*(?:(?:{{ document_words() }}|NUM(?:ERO)?|NUMBER|N[.]?[º°]|NRO?[. ]|NO[.: ]|D''|DE |CARD )[^A-Z0-9]*)+([A-Z]{0,3}[^A-Z0-9]*[0-9])',
        '\1'
    ), '([0-9][^A-Z0-9]*[A-Z]?)[^A-Z0-9]*(?:{{ document_words() }})[^A-Z0-9]*$', '\1')
{%- endmacro %}

{#- Whether a document has no sign but letters and digits, and no word for its kind. -#}
{% macro is_plain_document(column) -%}
    (
        regexp_full_match({{ column }}, '[A-Za-z]{0,3}[0-9]+[A-Za-z]?')
        and not regexp_matches({{ column }}, '^(?i:dni|nif|nie|tie|cif|doc)')
    )
{%- endmacro %}

{#-
    The number of a document in capital letters and digits alone, without words for its kind and without what tools did
    to it. Nearly all are plain: these cost one comparison.
-#}
{% macro compact_document(column) -%}
    case
        when {{ is_plain_document(column) }} then upper({{ column }})
        else list_transform(
            [upper(strip_accents({{ repair_number(column) }}))],
            lambda told: regexp_replace({{ without_document_words('told') }}, '[^A-Z0-9]', '', 'g')
        )[1]
    end
{%- endmacro %}

{#- The kind of document that the words round a number name; null where there are none. -#}
{% macro named_document_type(column) -%}
    case
        when {{ is_plain_document(column) }} then null
        when regexp_matches({{ column }}, '(?i)passaport|pasaporte|passport') then 'PASSPORT'
        when regexp_matches({{ column }}, '(?i)(^|[^a-z])(n[. ]*i[. ]*e|t[. ]*i[. ]*e)([xyz]?[0-9]|[^a-z0-9]|$)') then 'NIE'
        when regexp_matches({{ column }}, '(?i)(^|[^a-z])d[. ]*n[. ]*i([0-9]|[^a-z0-9]|$)') then 'DNI'
    end
{%- endmacro %}

{#- The same number without leading zeros, null where nothing is left: what somebody may have meant by it. -#}
{% macro comparable_document(column) -%}
    nullif(ltrim({{ compact_document(column) }}, '0'), '')
{%- endmacro %}

{#-
    Whether a DNI or NIE is what somebody types who has none: one digit repeated, or digits in a row. Its control letter
    may be right all the same. Rows from 0 and 1 on (01234567L) are somebody's as often as they are made up.
-#}
{% macro is_filler_number(number) -%}
    {%- set digits = "regexp_extract(" ~ number ~ ", '^(?:[0-9]{8}|[XYZ]([0-9]{7}))[A-Z]?$', 1)" -%}
    {%- set digits = "if(left(" ~ number ~ ", 1) in ('X', 'Y', 'Z'), " ~ digits ~ ", regexp_extract(" ~ number ~ ", '^([0-9]{8})[A-Z]?$', 1))" -%}
    (
        {{ digits }} != ''
        and (
            replace({{ digits }}, left({{ digits }}, 1), '') = ''
            or contains('23456789012345', {{ digits }})
            or contains('9876543210987654', {{ digits }})
        )
    )
{%- endmacro %}

{#- The number of a DNI or NIE without its letter, which is mistyped most; empty where it has none. -#}
{% macro document_digits(compact) -%}
    regexp_extract({{ compact }}, '^[XYZ]?[0-9]{5,8}')
{%- endmacro %}

{#- Digits misread as letters, in the digits' places alone. -#}
{% macro undo_misread(digits) -%}
    translate({{ digits }}, 'OISB', '0158')
{%- endmacro %}

{#- Whether a document has the form of a company's or an entity's number. -#}
{% macro is_cif(column) -%}
    coalesce(
        regexp_full_match({{ compact_document(column) }}, '(ES)?[ABCDEFGHJNPQRSUVW][0-9]{7}[0-9A-J]'), false
    )
{%- endmacro %}

{#-
    Whether a number has the form of a passport of one of the countries that people here come from, letters among its
    digits; of digits alone (Peru, Russia, the United Kingdom) a form has to say that they are a passport's.
-#}
{% macro is_passport_number(column) -%}
    regexp_full_match(
        {{ column }},
        -- ES AR, IT CO PK MA BD UA BR CN, PE HN IN EC US, PH; FR GE
        '[A-Z]{1,3}[0-9]{6,8}[A-Z]?|[0-9]{2}[A-Z]{2}[0-9]{5}'
    )
{%- endmacro %}

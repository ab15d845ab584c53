{#- The control letter for the digits of a DNI, or of a NIE with 0, 1, 2 instead of X, Y, Z. -#}
{% macro control_letter(digits) -%}
    substr('TRWAGMYFPDXBNJZSQVHLCKE', cast(try_cast({{ digits }} as bigint) % 23 as integer) + 1, 1)
{%- endmacro %}

{#- The control letter that a DNI, NIE or NIF K, L, M must have. -#}
{% macro expected_letter(number) -%}
    {{ control_letter(
        "case when left(" ~ number ~ ", 1) in ('K', 'L', 'M') then substr(" ~ number ~ ", 2, 7) "
        ~ "else translate(left(" ~ number ~ ", 8), 'XYZ', '012') end"
    ) }}
{%- endmacro %}

{#-
    Whether a number in the form for comparison is a DNI or NIE with its correct letter and no filler. A passport of
    digits and one letter is one by chance in 23 cases.
-#}
{% macro is_valid_personal_number(number) -%}
    {%- set whole = "lpad(" ~ number ~ ", 9, '0')" -%}
    (
        regexp_full_match({{ number }}, '[0-9]{5,8}[A-Z]|[XYZ][0-9]{7}[A-Z]')
        and right({{ number }}, 1) = {{ expected_letter(whole) }}
        and not {{ is_filler_number(whole) }}
    )
{%- endmacro %}

{#- The control digit for a CIF's seven digits: odd positions are doubled and their digits added, even ones added. -#}
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

{#- Whether a number with the form of a CIF has the correct control digit or letter. -#}
{% macro has_cif_control(number) -%}
    right({{ number }}, 1) in (
        cast({{ cif_control(number) }} as varchar), substr('JABCDEFGHI', {{ cif_control(number) }} + 1, 1)
    )
{%- endmacro %}

{#- Names of documents, in capital letters without accents. -#}
{% macro document_words() -%}
    DNIE|D[. ]*N[. ]*I|N[. ]*I[. ]*F|N[. ]*I[. ]*E|T[. ]*I[. ]*E|C[. ]*I[. ]*F|PASSAPORT|PASAPORTE|PASSPORT|DOCUMENTO?|DOC|IDENTITAT|IDENTIDAD|IDENTITY
{%- endmacro %}

{#- A document in capital letters without the words before and after it: `DNI núm.`, `Passport no.`, `(NIE)`. -#}
{% macro without_document_words(column) -%}
    regexp_replace(regexp_replace(
        {{ column }},
        '^[^A-Z0-9]*(?:(?:{{ document_words() }}|NUM(?:ERO)?|NUMBER|N[.]?[º°]|NRO?[. ]|NO[.: ]|D''|DE |CARD )[^A-Z0-9]*)+([A-Z]{0,3}[^A-Z0-9]*[0-9])',
        '\1'
    ), '([0-9][^A-Z0-9]*[A-Z]?)[^A-Z0-9]*(?:{{ document_words() }})[^A-Z0-9]*$', '\1')
{%- endmacro %}

{#- Whether a document has only letters and digits, and no name of its kind. -#}
{% macro is_plain_document(column) -%}
    (
        regexp_full_match({{ column }}, '[A-Za-z]{0,3}[0-9]+[A-Za-z]?')
        and not regexp_matches({{ column }}, '^(?i:dni|nif|nie|tie|cif|doc)')
    )
{%- endmacro %}

{#-
    The number of a document, only capital letters and digits, without the name of its kind and without the damage of
    tools. Nearly all are plain, and cost one comparison.
-#}
{% macro compact_document(column) -%}
    case
        when {{ is_plain_document(column) }} then upper({{ column }})
        else list_transform(
            [upper(strip_accents({{ repair_number(column) }}))],
            lambda repaired: regexp_replace({{ without_document_words('repaired') }}, '[^A-Z0-9]', '', 'g')
        )[1]
    end
{%- endmacro %}

{#- The kind of document in the words around a number; null if there are none. -#}
{% macro named_document_type(column) -%}
    case
        when {{ is_plain_document(column) }} then null
        when regexp_matches({{ column }}, '(?i)passaport|pasaporte|passport') then 'PASSPORT'
        when regexp_matches({{ column }}, '(?i)(^|[^a-z])(n[. ]*i[. ]*e|t[. ]*i[. ]*e)([xyz]?[0-9]|[^a-z0-9]|$)') then 'NIE'
        when regexp_matches({{ column }}, '(?i)(^|[^a-z])d[. ]*n[. ]*i([0-9]|[^a-z0-9]|$)') then 'DNI'
    end
{%- endmacro %}

{#- The form of a document for comparison: its compact number without leading zeros; null if nothing is left. -#}
{% macro comparable_document(column) -%}
    nullif(ltrim({{ compact_document(column) }}, '0'), '')
{%- endmacro %}

{#-
    A text that names documents, as a whole and word by word, each with capital letters and digits only; then the words
    of `names`, columns in which people also write a document.
-#}
{% macro words_with_documents(column, names=[]) -%}
    list_transform(
        list_concat(
            [{{ column }}],
            string_split_regex(concat_ws(' ', {{ ([column] + names) | join(', ') }}), '[\s/,;:|()]+')
        ),
        lambda word: {{ compact_document(visible('word')) }}
    )
{%- endmacro %}

{#-
    Every document that a text may mean, in the form for comparison, of its `words_with_documents`: the whole text, and
    each word that has the form of a DNI, a NIE or a passport, as written, without a country or a kind before it, with
    misread digits corrected, and in the old form of a NIE (X0 and seven digits). An empty list if there is none.
-#}
{% macro documents_meant(words) -%}
    list_distinct(list_transform(list_filter(
        list_concat([{{ words }}[1]], list_filter(
            flatten(list_transform(
                {{ words }},
                lambda bare: [
                    bare,
                    {{ without_country('bare') }},
                    {{ corrected_number('bare') }},
                    {{ number_of_old_form('bare') }}
                ]
            )),
            lambda reading: {{ has_form_of_document('reading') }}
        )),
        lambda document: ltrim(document, '0') != ''
    ), lambda document: ltrim(document, '0')))
{%- endmacro %}

{% macro has_form_of_document(bare) -%}
    (regexp_full_match({{ bare }}, '[XYZ]?[0-9]{7,8}[A-Z]?') or {{ is_passport_number(bare) }})
{%- endmacro %}

{% macro without_country(bare) -%}
    regexp_replace({{ bare }}, '^(?:{{ document_words() }}|ESP?)+([XYZ]?[0-9]{5})', '\1')
{%- endmacro %}

{#- A DNI or NIE with the digits that were misread as letters. -#}
{% macro corrected_number(bare) -%}
    regexp_extract({{ bare }}, '^[XYZ]?')
    || {{ undo_misread("regexp_extract(" ~ bare ~ ", '^[XYZ]?([0-9OISB]{7,8})[A-Z]?$', 1)") }}
    || regexp_extract({{ bare }}, '^[XYZ]?[0-9OISB]{7,8}([A-Z]?)$', 1)
{%- endmacro %}

{#- The number of a NIE of the old form, X0 and seven digits. -#}
{% macro number_of_old_form(bare) -%}
    regexp_extract({{ bare }}, '^([XYZ])0[0-9]{7}[A-Z]?$', 1) || regexp_extract({{ bare }}, '^[XYZ]0([0-9]{7}[A-Z]?)$', 1)
{%- endmacro %}

{#-
    Whether a DNI or NIE is a filler that people type if they have none: one or two repeated digits, or consecutive
    digits. Its control letter may still be correct. Of consecutive digits from 0 or 1 only those are fillers that the
    seed lists, because others (01234567L) may be real.
-#}
{% macro is_filler_number(number) -%}
    {%- set digits = "regexp_extract(" ~ number ~ ", '^(?:[0-9]{8}|[XYZ]([0-9]{7}))[A-Z]?$', 1)" -%}
    {%- set digits = "if(left(" ~ number ~ ", 1) in ('X', 'Y', 'Z'), " ~ digits ~ ", regexp_extract(" ~ number ~ ", '^([0-9]{8})[A-Z]?$', 1))" -%}
    (
        {{ digits }} != ''
        and (
            replace({{ digits }}, left({{ digits }}, 1), '') = ''
            or replace({{ digits }}, left({{ digits }}, 2), '') in ('', if(length({{ digits }}) = 7, left({{ digits }}, 1), ''))
            or contains('23456789012345', {{ digits }})
            or contains('9876543210987654', {{ digits }})
        )
    )
{%- endmacro %}

{#-
    The digits of a DNI or NIE without its letter, which is mistyped most; empty if it has none. More digits are another
    number, such as a telephone.
-#}
{% macro document_digits(compact) -%}
    regexp_extract({{ compact }}, '^([XYZ]?[0-9]{5,8})([^0-9]|$)', 1)
{%- endmacro %}

{#- Letters replaced by the digits that they were misread from; only for places of digits. -#}
{% macro undo_misread(digits) -%}
    translate({{ digits }}, 'OISB', '0158')
{%- endmacro %}

{#- Whether a document has the form of a CIF, a company's or an entity's number. -#}
{% macro is_cif(column) -%}
    coalesce(
        regexp_full_match({{ compact_document(column) }}, '(ES)?[ABCDEFGHJNPQRSUVW][0-9]{7}[0-9A-J]'), false
    )
{%- endmacro %}

{#-
    Whether a number has the form, with letters, of a passport from one of the countries that people here come from. A
    passport of digits only (Peru, Russia, the United Kingdom) needs the declared type.
-#}
{% macro is_passport_number(column) -%}
    regexp_full_match(
        {{ column }},
        -- ES AR, IT CO PK MA BD UA BR CN, PE HN IN EC US, PH; FR GE
        '[A-Z]{1,3}[0-9]{6,8}[A-Z]?|[0-9]{2}[A-Z]{2}[0-9]{5}'
    )
{%- endmacro %}

{#- The characters of Windows-1252 from 128 to 159, in that order; `?` if there is none. -#}
{% macro windows_1252_signs() -%}€?‚ƒ„…†‡ˆ‰Š‹Œ?Ž??‘’“”•–—˜™š›œ?žŸ{%- endmacro %}

{#-
    A text without the damage of spreadsheets, web pages and wrong encodings: `="text"`, an apostrophe before a number,
    full-width letters and digits, HTML entities, UTF-8 that was read as Latin-1 or Windows-1252 (`JosÃ©`). Nearly all
    texts are undamaged, so single characters are searched first: this costs a tenth of a regular expression.
-#}
{% macro repair_text(column) -%}
    case
        when
            contains({{ column }}, '&') or contains({{ column }}, 'Ã') or contains({{ column }}, 'Â')
            or contains({{ column }}, 'Ä') or contains({{ column }}, 'Å') or contains({{ column }}, 'â')
            or starts_with({{ column }}, '=') or starts_with({{ column }}, '''')
            -- Full-width characters have three bytes each.
            or strlen({{ column }}) > 2 * length({{ column }})
            then {{ repair_damaged_text(column) }}
        else {{ column }}
    end
{%- endmacro %}

{#- The same, without first checking for damage. -#}
{% macro repair_damaged_text(column) -%}
    list_transform(list_transform(
        [{{ undo_full_width(undo_spreadsheet(column)) }}],
        lambda misread: {{ undo_wrong_encoding('misread') }}),
        lambda escaped: {{ undo_html('escaped') }})[1]
{%- endmacro %}

{#- Removes a spreadsheet's formula around a text, and its text mark before a number or a sign. -#}
{% macro undo_spreadsheet(column) -%}
    replace(regexp_replace(regexp_replace({{ column }}, '^\s*="(.*)"\s*$', '\1', 's'), '^\s*''([0-9+=@-])', '\1'), '""', '"')
{%- endmacro %}

{#- Replaces the full-width digits, letters and signs of East Asian keyboards. -#}
{% macro undo_full_width(column) -%}
    translate(
        {{ column }},
        '０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ＋－．，／（）＠＿：　',
        '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-.,/()@_: '
    )
{%- endmacro %}

{#-
    Restores UTF-8 that was read as Latin-1 or Windows-1252, only if the whole text becomes valid UTF-8. A character
    that neither encoding has becomes FF, which is never valid in UTF-8.
-#}
{% macro undo_wrong_encoding(column) -%}
    case
        when regexp_matches({{ column }}, '[ÂÃÄÅâ][\x{80}-\x{BF}{{ windows_1252_signs() | replace("?", "") }}]')
            then coalesce(
                try(decode(unhex(array_to_string(list_transform(
                    string_split({{ column }}, ''),
                    lambda sign: case
                        when unicode(sign) < 256 then printf('%02X', unicode(sign))
                        else coalesce(
                            printf('%02X', 127 + nullif(strpos('{{ windows_1252_signs() }}', sign), 0)), 'FF'
                        )
                    end
                ), '')))),
                {{ column }}
            )
        else {{ column }}
    end
{%- endmacro %}

{#- Decodes the HTML entities `&amp;`, `&#39;`, `&#xE9;`, `&eacute;`; other text stays unchanged. -#}
{% macro undo_html(column) -%}
    {%- set accents = {
        'acute': 769, 'grave': 768, 'circ': 770, 'tilde': 771, 'uml': 776, 'ring': 778, 'cedil': 807, 'caron': 780
    } -%}
    {%- set signs = {
        'amp': 38, 'lt': 60, 'gt': 62, 'quot': 34, 'apos': 39, 'nbsp': 160, 'middot': 183, 'ordm': 186, 'ordf': 170,
        'lsquo': 8216, 'rsquo': 8217, 'ldquo': 8220, 'rdquo': 8221, 'laquo': 171, 'raquo': 187, 'ndash': 8211,
        'szlig': 223, 'aelig': 230, 'AElig': 198, 'oslash': 248, 'Oslash': 216, 'eth': 240, 'ETH': 208, 'thorn': 254,
        'THORN': 222, 'oelig': 339, 'OElig': 338
    } -%}
    {%- set decimal = "try_cast(regexp_extract(part, '^#0*([0-9]{2,5});', 1) as integer)" -%}
    {%- set hexadecimal = "try_cast('0x' || regexp_extract(part, '^#[xX]0*([0-9A-Fa-f]{2,4});', 1) as integer)" -%}
    case
        when regexp_matches({{ column }}, '&(#[0-9]|#[xX][0-9A-Fa-f]|[A-Za-z]+;)')
            then split_part({{ column }}, '&', 1) || array_to_string(list_transform(
                string_split(substr({{ column }}, strpos({{ column }}, '&') + 1), '&'),
                lambda part: case
                    {%- for accent, code in accents.items() %}
                    when regexp_matches(part, '^[A-Za-z](?i:{{ accent }});')
                        then nfc_normalize(left(part, 1) || chr({{ code }})) || substr(part, {{ accent | length + 3 }})
                    {%- endfor %}
                    {%- for name, code in signs.items() %}
                    when starts_with(part, '{{ name }};') then chr({{ code }}) || substr(part, {{ name | length + 2 }})
                    {%- endfor %}
                    when {{ is_printable(decimal) }}
                        then chr({{ decimal }}) || regexp_replace(part, '^[^;]*;', '')
                    when {{ is_printable(hexadecimal) }}
                        then chr({{ hexadecimal }}) || regexp_replace(part, '^[^;]*;', '')
                    else '&' || part
                end
            ), '')
        else {{ column }}
    end
{%- endmacro %}

{#- Whether a number is the code of a visible character, among the first 55,295 of Unicode. -#}
{% macro is_printable(number) -%}
    ({{ number }} between 32 and 126 or {{ number }} between 160 and 55295)
{%- endmacro %}

{#-
    A number as it was before floating point: `40104729.0` without its `.0`, `4.0104729E7` with all digits. A rounded
    one, such as `4.01E+07`, is null, because other numbers are rounded to the same.
-#}
{% macro undo_floating_point(column) -%}
    case
        when regexp_matches({{ column }}, '[0-9][.,]0{1,2}[^0-9]*$')
            then regexp_replace({{ column }}, '^([^0-9]*[0-9]+)[.,]0{1,2}([^0-9]*)$', '\1\2')
        when regexp_matches({{ column }}, '[0-9][.,][0-9]+[eE][+]?[0-9]')
            then case
                when
                    length(regexp_extract({{ column }}, '[.,]([0-9]+)[eE]', 1))
                    = try_cast(regexp_extract({{ column }}, '[eE][+]?([0-9]{1,2})[^0-9]*$', 1) as integer)
                    then regexp_replace({{ column }}, '([0-9])[.,]([0-9]+)[eE][+]?[0-9]+', '\1\2')
            end
        else {{ column }}
    end
{%- endmacro %}

{#- A number, date or code without the damage of spreadsheets and floating point; a plain one has none. -#}
{% macro repair_number(column) -%}
    case
        when regexp_matches({{ column }}, '[^0-9A-Za-z-]')
            then list_transform(
                [{{ repair_damaged_text(column) }}],
                lambda repaired: {{ undo_floating_point('repaired') }}
            )[1]
        else {{ column }}
    end
{%- endmacro %}

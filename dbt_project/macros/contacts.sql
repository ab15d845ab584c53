{#-
    An e-mail without the characters that mail tools and spreadsheets put around it: a name before `<…>`, `mailto:`
    with its subject, quotes, an apostrophe, a full stop at the end.
-#}
{% macro bare_email(column) -%}
    regexp_replace(regexp_replace(
        lower(nfc_normalize(coalesce(
            nullif(regexp_extract({{ column }}, '<([^<>]*@[^<>]*)>', 1), ''), cast({{ column }} as varchar)
        ))),
        '^[\s=''"`‘’“”(\[]*(mailto:)?[\s''"`‘’“”]*', ''
    ), '([?](subject|body|cc|bcc)=.*)?[\s''"`‘’“”.,;:)\]]*$', '')
{%- endmacro %}

{#- E-mail in lower case; null if its syntax is wrong. Nearly all are plain, and cost one comparison. -#}
{% macro normalise_email(column) -%}
    case
        when
            regexp_full_match(
                lower(trim({{ column }})),
                '[a-z0-9_%+-]+([.][a-z0-9_%+-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?[.])+[a-z]{2,}'
            )
            then lower(trim({{ column }}))
        when
            regexp_full_match(
                {{ bare_email(column) }},
                '[\pL\pN!#$%&''*+/=?^_{|}~-]+([.][\pL\pN!#$%&''*+/=?^_{|}~-]+)*@'
                || '([\pL\pN]([\pL\pN-]*[\pL\pN])?[.])+(xn--[a-z0-9-]*[a-z0-9]|\pL{2,})'
            )
            then {{ bare_email(column) }}
    end
{%- endmacro %}

{#- Whether an e-mail means "none" or is the council's own: never a person's contact, in any record. -#}
{% macro is_office_email(column) -%}
    (
        regexp_matches({{ column }}, '^(no-?reply|noreply|no|none|notiene|notengo|noemail|sinemail|sincorreo|info|oac|x+|a+)@')
        or regexp_matches({{ column }}, '@([a-z0-9-]+[.])*(bcn[.]cat|barcelona[.]cat)$')
    )
{%- endmacro %}

{#- Digits of a telephone, with a plus sign only if it has the code of another country. -#}
{% macro phone_digits(column) -%}
    regexp_replace(regexp_replace(regexp_replace(
        {{ column }}, '[^0-9+]', '', 'g'
    ), '^00', '+'), '^[+]?34([6-9][0-9]{8})$', '\1')
{%- endmacro %}

{#- E.164 of one number; null for short codes (010, 112), 800 and 90x numbers, one repeated digit, and other text. -#}
{% macro one_phone(column) -%}
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

{#- The parts of a field that may each be a telephone: several numbers, or a number and its extension. -#}
{% macro phone_parts(column) -%}
    string_split_regex(
        regexp_replace({{ repair_number(column) }}, '([6-9][0-9]{8})[ ]*([+]|00|[6-9][0-9]{8})', '\1/\2', 'g'),
        '\s*[/;,|&\n]\s*|\s-+\s|(?i)\s+(o|i|y|e|ó|or|and|ext|extensió|extensión|int)[. ]+'
    )
{%- endmacro %}

{#- E.164 of a field: the first usable number. Nearly all fields have one number, and are not split. -#}
{% macro normalise_phone(column) -%}
    coalesce(
        {{ one_phone(column) }},
        case
            when strlen({{ column }}) > 9
                then list_filter(
                    list_transform({{ phone_parts(column) }}, lambda part: {{ one_phone('part') }}),
                    lambda phone: phone is not null
                )[1]
        end
    )
{%- endmacro %}

{#-
    The form of a telephone for comparison, in a file of unknown country: E.164, otherwise the digits of a number that
    may be another country's without its plus sign. Digits that mean "none" are null.
-#}
{% macro comparable_phone(column) -%}
    coalesce(
        {{ normalise_phone(column) }},
        case
            when {{ column }} is not null
                then list_filter(
                    list_transform(
                        list_filter(
                            {{ phone_parts(column) }},
                            lambda part: regexp_full_match(
                                part, '([^0-9@]*[^0-9@\pL])?[0-9][0-9 .()-]*([^0-9@\pL][^0-9@]*)?'
                            )
                        ),
                        lambda part: regexp_replace(part, '[^0-9]', '', 'g')
                    ),
                    lambda digits: regexp_full_match(digits, '[0-9]{7,12}')
                    -- Nine digits that begin with 6 to 9, with or without 34, are not another country's number.
                    and not regexp_full_match(digits, '(34|0034)?[6-9][0-9]{8}')
                    and replace(digits, left(digits, 1), '') != ''
                    and not contains('01234567890', digits)
                    and not contains('9876543210', digits)
                )[1]
        end
    )
{%- endmacro %}

{#-
    The form of an e-mail for comparison. A domain with letters beyond ASCII has two spellings, plain and that of DNS
    (`xn--`); both have the same ASCII letters, so only these are kept.
-#}
{% macro comparable_email(column) -%}
    case
        when not regexp_matches({{ column }}, '[^\x00-\x7F]|@([^@]*[.])?xn--') then {{ column }}
        else
            split_part({{ column }}, '@', 1) || '@' || list_aggregate(
                list_transform(
                    string_split(split_part({{ column }}, '@', 2), '.'),
                    lambda label: case
                        when starts_with(label, 'xn--')
                            then 'xn--' || regexp_replace(substr(label, 5), '(^|-)[a-z0-9]*$', '')
                        when regexp_matches(label, '[^\x00-\x7F]')
                            then 'xn--' || regexp_replace(label, '[^\x00-\x7F]', '', 'g')
                        else label
                    end
                ),
                'string_agg', '.'
            )
    end
{%- endmacro %}

{#-
    Every address that a column may mean, in the form for comparison (`comparable_email`, E.164): each of several
    numbers or e-mails, also as people and programs write them (`name (at) domain`, `%40`, spaces around `@`, Arabic
    digits), and also digits that may be a number of another country without its plus sign.
-#}
{% macro addresses_meant(column) -%}
    list_transform(
        [regexp_replace(
            regexp_replace(
                translate(
                    {{ repair_text(visible(column)) }}, '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹＠．', '01234567890123456789@.'
                ),
                '(?i)\s*(@|%40|[(\[]\s*(at|arrova|arroba)\s*[)\]])\s*', '@', 'g'
            ),
            '^([^0-9+]*)[+]00', '\1+'
        )],
        lambda meant: {{ addresses_in('meant') }}
    )[1]
{%- endmacro %}

{% macro addresses_in(column) -%}
    list_sort(list_distinct(list_filter(
        list_transform(
            list_transform(
                list_concat(
                    [cast({{ column }} as varchar)],
                    string_split_regex({{ column }}, '\s*[/;,|\n]\s*|\s+(o|i|y|e|ó|or|and)\s+|[<>\s]+')
                ),
                lambda part: {{ normalise_email('part') }}
            ),
            lambda email: {{ comparable_email('email') }}
        )
        || list_transform(
            list_concat(
                [cast({{ column }} as varchar)],
                string_split_regex({{ column }}, '\s*[/;,|\n]\s*|\s+(o|i|y|e|ó|or|and)\s+')
            ),
            lambda part: {{ one_phone('part') }}
        )
        || [
            case
                when regexp_full_match({{ column }}, '[''"\s]*[6-9][0-9]{8}\.0+[''"\s]*')
                    then '+34' || regexp_extract({{ column }}, '[0-9]+')
                when regexp_full_match({{ column }}, '[''"\s]*[1-9][0-9]{9,14}(\.0+)?[''"\s]*')
                    then '+' || regexp_extract({{ column }}, '[0-9]+')
            end,
            -- A mobile after the prefix of a province.
            case
                when
                    not contains({{ column }}, '@')
                    and regexp_full_match(regexp_replace({{ column }}, '[^0-9+]', '', 'g'), '0?9[1-9][67][0-9]{8}')
                    then '+34' || right(regexp_replace({{ column }}, '[^0-9]', '', 'g'), 9)
            end
        ],
        lambda address: address is not null
    )))
{%- endmacro %}

{#-
    Everyone who ever gave one of the addresses of a relation: evidence and person_id. The relation has evidence and
    address (in the form for comparison); it is small, and the millions of mentions are read once.
-#}
{% macro people_with_addresses(relation) -%}
    select distinct
        addresses.evidence,
        links.person_id
    from (
        select
            mention_id,
            {{ comparable_email('email') }} as address
        from {{ ref('int_mention_values') }}
        where email is not null
        union all
        select
            mention_id,
            phone as address
        from {{ ref('int_mention_values') }}
        where phone is not null
    ) as contacts
    inner join {{ relation }} as addresses on contacts.address = addresses.address
    inner join {{ ref('int_person_links') }} as links on contacts.mention_id = links.mention_id
    where links.person_id is not null
{%- endmacro %}

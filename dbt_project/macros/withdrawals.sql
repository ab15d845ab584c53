{#-
    The keys that compare withdrawals with mentions: a list of text. A withdrawal applies to each mention that has one of
    its keys. A key is a way of comparison and its values; without all its values it is null, and left out.
-#}
{% macro keys_of_withdrawal(relation) -%}
    {%- set of = relation ~ '.' -%}
    {#- Both surnames may stand in the first one's field. -#}
    {%- set surnames = "concat_ws(' ', " ~ of ~ "surname_1, " ~ of ~ "surname_2)" -%}
    {%- set names = "concat_ws(' ', " ~ of ~ "given_name, " ~ of ~ "surname_1, " ~ of ~ "surname_2)" -%}
    list_filter(
        list_concat(
            [
                {{ meaning_key('record', [of ~ 'record_id']) }},
                {{ meaning_key('surname, birth', [of ~ 'surname_1', of ~ 'birth_date']) }},
                {{ meaning_key('surnames, birth', [surnames, of ~ 'birth_date']) }},
                {{ meaning_key('names', [of ~ 'given_name', of ~ 'surname_2', of ~ 'surname_1'], between=' ') }},
                {{ meaning_key('name, street', [of ~ 'given_name', of ~ 'surname_1', of ~ 'street']) }}
            ],
            list_transform({{ rotations(names) }}, lambda whole: {{ meaning_key('names', ['whole']) }}),
            list_transform({{ of }}documents, lambda document: {{ meaning_key('document', ['document']) }}),
            list_transform(
                {{ of }}documents, lambda document: {{ meaning_key('digits', [document_digits('document')]) }}
            ),
            list_transform({{ of }}addresses, lambda address: {{ meaning_key('address', ['address']) }})
        ),
        lambda key: key is not null
    )
{%- endmacro %}

{% macro keys_of_mention(relation) -%}
    {%- set of = relation ~ '.' -%}
    {%- set surnames = "concat_ws(' ', " ~ of ~ "surname_1, " ~ of ~ "surname_2)" -%}
    list_filter([
        {{ meaning_key('record', [of ~ 'mention_id']) }},
        {{ meaning_key('surname, birth', [of ~ 'surname_1', of ~ 'birth_date']) }},
        {{ meaning_key('surnames, birth', [surnames, of ~ 'birth_date']) }},
        {{ meaning_key('names', [of ~ 'given_name', of ~ 'surname_1', of ~ 'surname_2'], between=' ') }},
        {{ meaning_key('name, street', [of ~ 'given_name', of ~ 'surname_1', of ~ 'street']) }},
        {{ meaning_key('document', [of ~ 'document']) }},
        {{ meaning_key('document', [of ~ 'document_compact']) }},
        {{ meaning_key('digits', [of ~ 'document_digits']) }},
        {{ meaning_key('address', [of ~ 'email']) }},
        {{ meaning_key('address', [of ~ 'phone']) }}
    ], lambda key: key is not null)
{%- endmacro %}

{% macro meaning_key(way, columns, between=none) -%}
    '{{ way }}'
    {%- for column in columns %} || {{ "chr(31)" if loop.first or between is none else "'" ~ between ~ "'" }}
        || nullif(cast({{ column }} as varchar), ''){% endfor %}
{%- endmacro %}

{#- The words of a whole name from each of them on, in whatever fields they stand. -#}
{% macro rotations(names) -%}
    list_transform(
        [string_split({{ names }}, ' ')],
        lambda words: list_transform(
            range(len(words)),
            lambda place: array_to_string(
                list_concat(list_slice(words, place + 1, len(words)), list_slice(words, 1, place)), ' '
            )
        )
    )[1]
{%- endmacro %}

{#- Ways of comparison that many people may have in common; a document or an address is one person's, or one home's. -#}
{% macro is_shared_way(key) -%}
    split_part({{ key }}, chr(31), 1) in ('names', 'surname, birth', 'surnames, birth', 'name, street')
{%- endmacro %}

{#-
    Whether two birth dates may be one: no more than the day, the month or the year differs, or day and month changed
    places. Null if one is unknown.
-#}
{% macro may_be_one_birth(one, other) -%}
    (
        if(day({{ one }}) = day({{ other }}), 1, 0) + if(month({{ one }}) = month({{ other }}), 1, 0)
        + if(year({{ one }}) = year({{ other }}), 1, 0) >= 2
        or (
            year({{ one }}) = year({{ other }})
            and day({{ one }}) = month({{ other }})
            and month({{ one }}) = day({{ other }})
        )
        or cast(if({{ one }} is null or {{ other }} is null, null, false) as boolean)
    )
{%- endmacro %}

{#-
    Whether a given name may be one of a withdrawal's, whose names may stand in each other's fields: a word in common, an
    initial, or nearly the same spelling. Null if one is unknown.
-#}
{% macro may_be_one_given_name(relation, given_name) -%}
    {%- set of = relation ~ '.' -%}
    {%- set words = "string_split(concat_ws(' ', " ~ of ~ "given_name, " ~ of ~ "surname_1, " ~ of ~ "surname_2), ' ')" -%}
    (
        list_has_any({{ words }}, string_split({{ given_name }}, ' '))
        or starts_with({{ given_name }}, left({{ of }}given_name, if(length({{ of }}given_name) <= 2, 1, 3)))
        or starts_with({{ of }}given_name, left({{ given_name }}, if(length({{ given_name }}) <= 2, 1, 3)))
        or jaro_winkler_similarity({{ of }}given_name, {{ given_name }}) >= 0.8
    )
{%- endmacro %}

{#-
    Whether the exported id of an unsubscription stands for a party of `int_unsubscribed_ids`. Of an id that was split
    since, it stands for all parts if the message was sent before; the files of that night arrive a day later.
-#}
{% macro is_meant_by_id(unsubscriptions, ids) -%}
    nullif({{ unsubscriptions }}.exported_person_id, '') = {{ ids }}.issued_id
    and ({{ ids }}.split_on is null or cast({{ unsubscriptions }}.sent_at as date) <= {{ ids }}.split_on + 1)
{%- endmacro %}

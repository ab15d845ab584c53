{#-
    The keys that compare the rows of a relation with withdrawals: a list of text, with one key for each way whose
    columns all have a value. A way is a list of columns that must be equal, as {of the withdrawal: of the mention}.
    With `is_withdrawal` the relation's columns are the withdrawal's, otherwise the mention's.
-#}
{% macro keys_to_mean(relation, is_withdrawal) -%}
    {%- set ways_to_mean = [
        {'record_id': 'mention_id'},
        {'document_compact': 'document'},
        {'document_compact': 'document_compact'},
        {'document_digits': 'document_digits'},
        {'given_name': 'given_name', 'surname_1': 'surname_1', 'surname_2': 'surname_2'},
        {'email': 'email'},
        {'phone': 'phone'},
        {'surname_1': 'surname_1', 'birth_date': 'birth_date'},
        {'given_name': 'given_name', 'surname_1': 'surname_1', 'street': 'street'},
    ] %}
    list_filter([
        {%- for way in ways_to_mean %}
            {%- set columns = way.keys() if is_withdrawal else way.values() %}
            '{{ loop.index }}'
            {%- for column in columns %} || chr(31) || nullif(cast({{ relation }}.{{ column }} as varchar), ''){% endfor %}
            {{- "," if not loop.last }}
        {%- endfor %}
    ], lambda key: key is not null)
{%- endmacro %}

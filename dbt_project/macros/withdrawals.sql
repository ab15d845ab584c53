{#-
    The keys under which the rows of a relation are compared with withdrawals: a list of text, one key for each way of
    which all columns have a value. `is_withdrawal` says whose columns to take. What a withdrawal and a mention may have
    in common, each way with the columns of the withdrawal and of the mention:
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

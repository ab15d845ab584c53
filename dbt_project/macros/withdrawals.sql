{#-
    Whoever a withdrawal (`withdrawals`) could mean among the mentions of people (`mentions`): place of the withdrawal
    and person, by each set of columns in which the two tell the same.
-#}
{% macro whom_withdrawals_could_mean() -%}
    {%- set ways = [
        {'record_id': 'mention_id'},
        {'document_compact': 'document'},
        {'document_compact': 'document_compact'},
        {'document_digits': 'document_digits'},
        {'given_name': 'given_name', 'surname_1': 'surname_1', 'surname_2': 'surname_2'},
        {'email': 'email'},
        {'phone': 'phone'},
        {'surname_1': 'surname_1', 'birth_date': 'birth_date'},
        {'given_name': 'given_name', 'surname_1': 'surname_1', 'street': 'street'},
    ] -%}
    {%- for way in ways %}
    select
        withdrawals.place,
        mentions.person_id
    from withdrawals
    inner join mentions
        on true
        {%- for told, known in way.items() %}
            and withdrawals.{{ told }} = mentions.{{ known }}
        {%- endfor %}
    {{ "union" if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Number of items on one side of a case, doubled if the side belongs to nobody until a steward decides. #}
{% macro points_of_side(side) %}
    (
        len(mention_ids_{{ side }}) + interactions_{{ side }} + register_entries_{{ side }} + valid_documents_{{ side }}
    ) * if(is_in_review_{{ side }}, 2, 1)
{% endmacro %}

select
    kind,
    reason,
    mention_id_l,
    mention_id_r,
    match_weight,
    mention_ids_l,
    mention_ids_r,
    is_in_review_l,
    is_in_review_r,
    register_entries_l,
    register_entries_r,
    valid_documents_l,
    valid_documents_r
from {{ source('linkage', 'organisation_review_cases') }}

"""Which scored pairs of organisations may be links."""

import duckdb

from matching.model.thresholds import HOLD_BITS, REVIEW_BITS
from matching.parties import ORGANISATION
from matching.relations import LINK_CANDIDATES, RECORDS
from matching.rules.person_rules import DOCUMENT_WEIGHT, pairs_to_judge

# One name at one door, of a company that told no NIF, was worth 7 to 10 bits in most of the links missed at 10.
# Swept at 6, 7 and 8 on the city that the model was trained on: no false link at any, and little to gain below 7.
LINK_WEIGHT = 7.0


_CANDIDATES = f"""
create or replace temp table {LINK_CANDIDATES} as
with {pairs_to_judge(ORGANISATION)},
compared as (
    select
        record_l, record_r, l.unique_id as mention_id_l, r.unique_id as mention_id_r,
        coalesce(match_weight, 0.0) as match_weight, match_probability,
        l.is_document_valid and r.is_document_valid as is_both_valid,
        coalesce(l.document = r.document, false) as is_same_document,
        coalesce(l.nif_body = r.nif_body, false) as is_same_body,
        coalesce(jaro_winkler_similarity(l.name_key, r.name_key) >= 0.9 or list_has_all(l.name_words, r.name_words)
            or list_has_all(r.name_words, l.name_words), true) as is_name_alike
    from pairs
    inner join {RECORDS} as l on pairs.record_l = l.record_number
    inner join {RECORDS} as r on pairs.record_r = r.record_number
)
select
    record_l, record_r, mention_id_l, mention_id_r, match_probability,
    if(is_same_document and is_both_valid, greatest(match_weight, {DOCUMENT_WEIGHT}), match_weight) as weight,
    is_same_document and is_both_valid as is_same_valid_document,
    false as is_birth_outweighed,
    case
        when is_both_valid and not is_same_body then 'two_valid_documents'
        when not is_name_alike then 'name'
    end as refusal,
    {LINK_WEIGHT} as link_weight,
    (is_same_document and is_both_valid) or match_weight >= {LINK_WEIGHT} as is_strong,
    match_weight >= {LINK_WEIGHT} - {HOLD_BITS} as is_holding,
    not (is_same_document and is_both_valid) and match_weight < {LINK_WEIGHT}
        and match_weight >= {LINK_WEIGHT} - {REVIEW_BITS} as is_borderline
from compared
"""


def create_organisation_candidates(connection: duckdb.DuckDBPyConnection) -> None:
    """Judge each pair of organisations' records: its weight, and the rule that bars it, if one does.

    Reads: the organisations' pair scores, `RECORDS`.
    Writes: `LINK_CANDIDATES`, one row per pair that was scored or shares a valid document.
    """
    connection.execute(_CANDIDATES)

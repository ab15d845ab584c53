"""The rules that bar pairs of organisations."""

import duckdb

from matching.parties import ORGANISATION
from matching.relations import LINK_CANDIDATES, RECORDS
from matching.rules.pair_rules import PAIR_COLUMNS, Flag, Rule, candidates, columns, pairs_to_judge

# At 10 bits most missed links were of a company without a NIF, with the same name at one door: 7 to 10 bits. Tried with
# 6, 7 and 8 on the city that the model was trained on: no false link at any of them, and little to gain below 7.
LINK_WEIGHT = 7.0

# Names by Jaro and Winkler from here on are one name, mistyped.
NAME_ALIKE = 0.9

ORGANISATION_FLAGS = (
    Flag(
        "is_both_valid", "Both have a valid NIF", "B61234567, A58818501", "l.is_document_valid and r.is_document_valid"
    ),
    Flag("is_same_document", "Both have the same NIF", "B61234567 twice", "coalesce(l.document = r.document, false)"),
    Flag(
        "is_same_body",
        "The NIFs are the same but for the letter, as when an SL becomes an SA",
        "B61234567, A61234567",
        "coalesce(l.nif_body = r.nif_body, false)",
    ),
    Flag(
        "is_name_alike",
        "The names are alike, or all words of the one are among the other's; a missing name counts as alike",
        "Tallers Boscol, Tallers Boscol Germans",
        f"""coalesce(jaro_winkler_similarity(l.name_key, r.name_key) >= {NAME_ALIKE}
        or list_has_all(l.name_words, r.name_words) or list_has_all(r.name_words, l.name_words), true)""",
    ),
)

# If several rules bar a pair, the first one is its refusal.
ORGANISATION_RULES = (
    Rule("two_valid_documents", "is_both_valid and not is_same_body", "if strong"),
    Rule("name", "not is_name_alike", "with the same valid document"),
)

_CANDIDATES = f"""
create or replace temp table {LINK_CANDIDATES} as
with {pairs_to_judge(ORGANISATION)},
compared as (
    select {PAIR_COLUMNS},
    {columns(ORGANISATION_FLAGS)}
    from pairs
    inner join {RECORDS} as l on pairs.record_l = l.record_number
    inner join {RECORDS} as r on pairs.record_r = r.record_number
),
judged as (
    select *,
    is_same_document and is_both_valid as is_same_valid_document,
    false as is_birth_outweighed,
    {LINK_WEIGHT} as link_weight
    from compared
)
{candidates(ORGANISATION_RULES)}
"""


def create_organisation_candidates(connection: duckdb.DuckDBPyConnection) -> None:
    """Judge each pair of organisations' records: its weight, and the rule that bars it, if one does.

    Reads: the organisations' pair scores, `RECORDS`.
    Writes: `LINK_CANDIDATES`, one row per pair that was scored or shares a valid document.
    """
    connection.execute(_CANDIDATES)

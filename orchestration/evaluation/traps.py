"""Scores by trap: what makes a person hard to distinguish from others or from an earlier self.

The truth has the traps, as traits of persons and errors of mentions.
"""

import duckdb

from matching.evaluation.groups import score_persons
from matching.evaluation.pair_counts import PairCounts
from orchestration.evaluation.city_truth import BY_TRAIT

# The name of the trap for traits and errors of the truth; any other trait is a trap under its own name.
OF_PERSONS = {
    "twin": "twins",
    "parent_namesake": "parent and child of one name",
    "namesake": "namesakes",
    "shared_email": "shared e-mail",
    "shared_phone": "shared phone",
    "naturalised": "naturalised",
    "renewed_passport": "renewed passport",
    "care_home": "care home",
    "flat_share": "flat share",
}
OF_MENTIONS = {
    "document_parents": "parent's document",
    "surnames_swapped": "swapped surnames",
    "transliterated": "transliterated",
    "other_language": "name in the other language",
    "document_former": "former document",
    "stale_address": "stale address",
}
_NONE = PairCounts(0, 0, 0, 0)


def score_traps(connection: duckdb.DuckDBPyConnection, by_error: dict[str, PairCounts]) -> dict[str, PairCounts]:
    """Scores by trap, including traps that this city does not have."""
    of_persons = score_persons(connection, BY_TRAIT)
    named = {name: of_persons.pop(trait, _NONE) for trait, name in OF_PERSONS.items()}
    others = {trait.replace("_", " "): counts for trait, counts in of_persons.items()}
    return named | {name: by_error.get(error, _NONE) for error, name in OF_MENTIONS.items()} | others

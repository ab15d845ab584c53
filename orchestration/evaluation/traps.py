"""The traps by which linking is judged: what makes a person hard to tell from others or from an earlier self.

Which person or mention is in one is told by the truth, as a trait of the person or an error of the mention.
"""

import duckdb

from matching.evaluation.groups import score_persons
from matching.evaluation.pair_counts import PairCounts
from orchestration.evaluation.city_truth import BY_TRAIT

# Traits and errors of the truth by the trap that they are; any other trait is a trap under its own name.
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
    """Scores by trap, those that this city does not set among them."""
    of_persons = score_persons(connection, BY_TRAIT)
    named = {name: of_persons.pop(trait, _NONE) for trait, name in OF_PERSONS.items()}
    others = {trait.replace("_", " "): found for trait, found in of_persons.items()}
    return named | {name: by_error.get(error, _NONE) for error, name in OF_MENTIONS.items()} | others

"""The model for organisations: its comparisons, blocking rules and training.

After scoring, organisations are linked by the same modules as persons.
"""

from pathlib import Path
from typing import Any

import duckdb
from splink import SettingsCreator, block_on
from splink.comparison_library import CustomComparison
from splink.internals.blocking_rule_creator import BlockingRuleCreator

from matching.model.blocking import Passes
from matching.model.comparisons import address, comparison, contact, frequency, level, null_level
from matching.model.thresholds import untrained_settings
from matching.model.training import CITY_SAMPLE, Rules, train_model
from matching.parties import ORGANISATION
from matching.records.organisation_records import create_organisation_records


def nif() -> CustomComparison:
    """NIFs; the same body with another letter is a company that changed its legal form."""
    both_valid = "is_document_valid_l and is_document_valid_r"
    return comparison(
        "nif",
        [
            null_level("document_l is null or document_r is null"),
            level("same, both valid", f"document_l = document_r and {both_valid}"),
            level("same, unverified", "document_l = document_r"),
            level("same body, other letter", "nif_body_l = nif_body_r"),
            level("both valid and different", both_valid),
            level("one typing error apart", "damerau_levenshtein(document_l, document_r) = 1"),
        ],
    )


def legal_name() -> CustomComparison:
    """Names without their legal form."""
    return comparison(
        "legal_name",
        [
            null_level("name_key_l is null or name_key_r is null"),
            level("same words", "name_key_l = name_key_r", **frequency("name_key")),
            level("spelt nearly alike", "jaro_winkler_similarity(name_key_l, name_key_r) >= 0.94"),
            level(
                "one within the other",
                "list_has_all(name_words_l, name_words_r) or list_has_all(name_words_r, name_words_l)",
            ),
            level("alike", "jaro_winkler_similarity(name_key_l, name_key_r) >= 0.85"),
        ],
    )


def legal_form() -> CustomComparison:
    """The legal form; many mentions have none, and some companies change theirs."""
    return comparison(
        "legal_form",
        [null_level("legal_form_l is null or legal_form_r is null"), level("same", "legal_form_l = legal_form_r")],
    )


def organisation_settings() -> SettingsCreator:
    """Settings of the model for organisations, untrained."""
    comparisons = [nif(), legal_name(), legal_form(), contact(), address()]
    return untrained_settings(comparisons, [block_on(*columns) for columns in _RULE_COLUMNS])


_RULE_COLUMNS: tuple[tuple[str, ...], ...] = (
    ("document",),
    ("nif_body",),
    ("name_key",),
    ("email",),
    ("phone",),
    ("street", "street_number", "postcode"),
)
# One pass of EM each; the choices of a pass as in `blocking.TRAINING_COLUMNS`.
TRAINING_COLUMNS: Passes = ((("document",),), (("name_key",),))


def deterministic_rules() -> list[str | BlockingRuleCreator]:
    """The rule that hardly ever brings two organisations together."""
    return [block_on("document", "name_key")]


def train_organisation_model(
    connection: duckdb.DuckDBPyConnection, out_path: Path, seed: int = 1, sampled_pairs: float = CITY_SAMPLE
) -> dict[str, Any]:
    """Train on the organisations' mentions, write the model, and return its training metadata."""
    mentions = create_organisation_records(connection)
    rules = Rules(TRAINING_COLUMNS, deterministic_rules(), ORGANISATION)
    return train_model(connection, out_path, mentions, organisation_settings(), rules, seed, sampled_pairs)

"""Companies and entities: what is compared, which pairs are looked at and which may not be one.

From scored pairs on, clusters, rails and cases for review are those of persons (`linking`, `outcome`): the records made
here have the same columns.
"""

from pathlib import Path
from typing import Any

import duckdb
from splink import SettingsCreator, block_on
from splink.comparison_library import CustomComparison
from splink.internals.blocking_rule_creator import BlockingRuleCreator

from matching.blocking import Passes
from matching.comparisons import address, comparison, contact, frequency, level, null_level
from matching.contradictions import CANDIDATES, DOCUMENT_WEIGHT, PAIRS_TO_JUDGE
from matching.records import RECORDS, count_rows, number_records
from matching.settings import HOLD_BITS, REVIEW_BITS, untrained_settings
from matching.train import CITY_SAMPLE, Rules, train_model

# One name at one door, of a company that told no NIF, was worth 7 to 10 bits in most of the links missed at 10.
# Swept at 6, 7 and 8 on the city that the model was trained on: no false link at any, and little to gain below 7.
LINK_WEIGHT = 7.0

MENTIONS = "work.intermediate.int_organisation_mentions"

# The body of a NIF stays when a company becomes another kind of company and its letter changes.
_RECORDS = f"""
create or replace temp table {RECORDS} as
select
    mention_id as unique_id, record_number,
    is_register, false as is_live, cast(null as varchar) as entry_of, cast(null as varchar) as form_of,
    cast(null as date) as born_from, cast(null as date) as born_until,
    is_nif_valid as is_document_valid, observed_at, source, source_key,
    nullif(nif, '') as document, if(nif is null, null, 'ORGANISATION') as document_type,
    nullif(substr(nif, 2), '') as nif_body,
    legal_name, legal_form,
    string_split(legal_name, ' ') as name_words,
    array_to_string(list_sort(string_split(legal_name, ' ')), ' ') as name_key,
    cast(null as date) as birth_date,
    street, street_number, postcode, email, phone
from {MENTIONS} inner join record_numbers using (mention_id)
"""

_CANDIDATES = f"""
create or replace temp table {CANDIDATES} as
with {PAIRS_TO_JUDGE},
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
    is_same_document and is_both_valid as is_same_valid_document,
    if(is_same_document and is_both_valid, greatest(match_weight, {DOCUMENT_WEIGHT}), match_weight) as weight,
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


def create_organisation_records(connection: duckdb.DuckDBPyConnection) -> int:
    """Write the temp table of records from the organisations' mentions; say how many there are."""
    number_records(connection, MENTIONS)
    connection.execute(_RECORDS)
    return count_rows(connection, RECORDS)


def create_organisation_candidates(connection: duckdb.DuckDBPyConnection) -> None:
    """Write temp table `link_candidates`: each pair with its weight and, where it may not be a link, the refusal."""
    connection.execute(_CANDIDATES)


def nif() -> CustomComparison:
    """Numbers; one body under two letters is a company that became one of another kind."""
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
    """Many write none, and some change theirs."""
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
    """Train on `work.intermediate.int_organisation_mentions`, write the model, and return its training metadata."""
    mentions = create_organisation_records(connection)
    rules = Rules(TRAINING_COLUMNS, deterministic_rules(), "organisation")
    return train_model(connection, out_path, mentions, organisation_settings(), rules, seed, sampled_pairs)

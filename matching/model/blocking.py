"""The blocking rules: which pairs of mentions are compared, and which error each rule survives.

`comparisons.py` defines how alike a pair is; `records/` makes the columns.
"""

import duckdb
from splink import block_on
from splink.blocking_rule_library import CustomRule
from splink.internals.blocking_rule_creator import BlockingRuleCreator

from matching.relations import RECORDS

# Pairs grow with the square of a block, so no rule uses a name or a postcode alone.
RULE_COLUMNS: dict[str, tuple[str, ...]] = {
    "document": ("document",),
    "document_digits": ("document_digits",),  # letter lost, wrong, or a NIE's X left out
    "document_head": ("document_head", "initials"),  # one of the last digits mistyped, or two exchanged
    "document_tail": ("document_tail", "initials"),
    "document_ends": ("document_ends",),
    "birth_and_first_surname": ("birth_date", "surname_1"),
    "birth_and_given_name": ("birth_date", "given_key"),  # a surname mistyped or left out
    "sounds_of_name": ("name_sounds",),  # surnames swapped, a name in another field, or written as it was heard
    "email": ("email",),
    "phone_and_given_name": ("phone", "given_key"),
    "phone_and_birth": ("phone", "birth_date"),
    "phone_and_initials": ("phone", "initials"),
    "birth_and_initials": ("birth_date", "initials"),  # two typing errors, birth date sound
    "birth_and_postcode": ("birth_date", "postcode"),  # both names mistyped, or in each other's place
    "door_and_surname": ("street", "street_number", "surname_1"),  # given name and birth date mistyped or absent
    "door_and_given_name": ("street", "street_number", "given_key"),
}


def prediction_rules() -> list[BlockingRuleCreator]:
    """The rules whose pairs a night compares; a pair is counted for the first rule that brings it."""
    return [block_on(*columns) for columns in RULE_COLUMNS.values()]


# Each entry is one pass of EM, with the first of its choices that teaches. A pass learns no comparison that uses its
# columns. No comparison uses initials, so the second pass can learn both names, which use each other's columns.
Passes = tuple[tuple[tuple[str, ...], ...], ...]
TRAINING_COLUMNS: Passes = (
    (("document",),),
    (
        ("birth_date",),
        ("birth_date", "postcode"),
        ("birth_date", "initials"),
        ("street", "street_number", "initials"),
        ("email", "initials"),
        ("phone", "initials"),
    ),
    (("surname_1", "surname_2", "given_key"), ("surname_1", "given_key")),
)
_FEWEST_SURE_PAIRS = 100


def count_pairs(connection: duckdb.DuckDBPyConnection, columns: tuple[str, ...]) -> int:
    """Pairs of records that are equal in these columns.

    Reads: `RECORDS`, which must have them.
    """
    known = " and ".join(f"{column} is not null" for column in columns)
    row = connection.execute(
        f"select coalesce(sum(n * (n - 1) // 2), 0) from (select count(*) as n from {RECORDS} where {known} "
        f"group by {', '.join(columns)})"
    ).fetchone()
    return int(row[0]) if row else 0


# Columns that almost never bring two people together, the surest first: all words of a name, and another column.
_SURE_COLUMNS = (
    ("name_words", "birth_date"),
    ("name_words", "street", "street_number"),
    ("name_words", "email"),
    ("name_words", "phone"),
    ("name_words", "postcode"),
)


def deterministic_rules(connection: duckdb.DuckDBPyConnection) -> list[str | BlockingRuleCreator]:
    """Rules that almost never bring two people together, to estimate the share of pairs that match.

    Reads: `RECORDS` of persons.
    """
    by_name = next(
        (columns for columns in _SURE_COLUMNS if count_pairs(connection, columns) >= _FEWEST_SURE_PAIRS), None
    )
    by_document = CustomRule("l.document = r.document and l.birth_date = r.birth_date and l.is_document_valid")
    return [by_document, *([block_on(*by_name)] if by_name else [])]


# Share of the true pairs that the deterministic rules find: documents or full names with birth date
# are missing or mistyped on about one counter record in five.
DETERMINISTIC_RECALL = 0.8

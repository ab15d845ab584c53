"""Which pairs of a file are compared: the city's blocking rules, and looser ones, each within a bound.

No block may grow with the square of the file: no pairs are made of a value that very many rows have (a default date,
an empty name). A rule that brings too many pairs is not used either; other rules find most of them.
"""

from dataclasses import dataclass

import duckdb

from matching.model.blocking import RULE_COLUMNS
from matching.relations import RECORDS

# If more rows have one value, it is a default. A person with so many rows is found by other values.
MOST_ROWS = 500
# Limits of the pairs of one rule; a small file can use every rule.
_PAIRS_PER_MENTION, _FEWEST_PAIRS, _MOST_PAIRS = 100, 300_000, 10_000_000

# SQL over a record: null where there is nothing to block on.
LOOSE_KEYS = (
    "birth_date::varchar",
    "surname_1 || '|' || given_key",
    "least(given_key, surname_1) || '|' || greatest(given_key, surname_1)",
    "phone",
    "street || '|' || street_number",
    "surname_1 || '|' || postcode",
    "given_key || '|' || postcode",
    "surname_1 || '|' || birth_year",
    "given_key || '|' || birth_year",
    "surname_1 || '|' || street",
    "given_key || '|' || street",
    "left(given_key, 3) || '|' || birth_year",
    "left(surname_1, 3) || '|' || birth_year",
    "left(surname_1, 3) || '|' || left(given_key, 3)",
    "split_part(email, '@', 1)",
    "left(phone, length(phone) - 3)",
    "right(phone, 6)",
    "strftime(birth_date, '%m%d') || '|' || initials",
    "left(surname_1, 3) || '|' || left(postcode, 3)",
    "left(given_key, 3) || '|' || left(postcode, 3)",
    "surname_1",
    "postcode",
    "given_key",
)


@dataclass(frozen=True)
class Blocks:
    """The columns of the records that pairs are blocked on, and how many rows have a default value."""

    columns: tuple[str, ...]
    rows_of_defaults: int


def create_blocks(connection: duckdb.DuckDBPyConnection, mentions: int) -> Blocks:
    """Add a column to the records for each blocking rule that stays within its bound.

    Reads: `RECORDS` of persons.
    Writes: `RECORDS` with further columns `block_…`, null if a record has no value, or a default; one row per record.
    """
    keys = [" || '|' || ".join(f"{column}::varchar" for column in columns) for columns in RULE_COLUMNS.values()]
    keys += [key for key in LOOSE_KEYS if key not in keys]
    most = min(max(_PAIRS_PER_MENTION * mentions, _FEWEST_PAIRS), _MOST_PAIRS)
    kept = []
    rows_of_defaults = 0
    for place, key in enumerate(keys):
        pairs, default_rows = _pairs(connection, key)
        rows_of_defaults = max(rows_of_defaults, default_rows)
        if 0 < pairs <= most:
            kept.append((f"block_{place}", _bounded(key) if default_rows else f"hash({key})", key))
    columns = "".join(f", if(({key}) is null, null, {value}) as {name}" for name, value, key in kept)
    connection.execute(f"create or replace temp table {RECORDS} as select *{columns} from {RECORDS}")
    return Blocks(tuple(name for name, _, _ in kept), rows_of_defaults)


def _pairs(connection: duckdb.DuckDBPyConnection, key: str) -> tuple[int, int]:
    """Pairs of the blocks within the bound, and the rows of those beyond."""
    pairs, rows = connection.execute(
        f"""
        select
            coalesce(sum(row_count * (row_count - 1) // 2) filter (row_count <= {MOST_ROWS}), 0),
            coalesce(sum(row_count) filter (row_count > {MOST_ROWS}), 0)
        from (select count(*) as row_count from {RECORDS} where ({key}) is not null group by {key})
        """
    ).fetchall()[0]
    return int(pairs), int(rows)


def _bounded(key: str) -> str:
    """The hash of a key; null if too many rows have the value."""
    return f"if(count(*) over (partition by {key}) <= {MOST_ROWS}, hash({key}), null)"

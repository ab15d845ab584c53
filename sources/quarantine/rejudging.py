"""Checks released rows again under the contract in force, as set-based SQL over the quarantined rows of one extract.

`release_journal.py` has the releases: who, why, and from which business date.
"""

from collections.abc import Collection
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from sources.base.sql import literal
from sources.contracts.contract import Contract, Field
from sources.parsing.raw_files import DATA, partition_dir
from sources.parsing.reasons import UNREADABLE
from sources.parsing.rules import reason_sql
from sources.quarantine.release_journal import Line
from sources.quarantine.rows import read_quarantined

# The reason of a released row if a row with the same key is in use already.
KEY_TAKEN = "key_taken"


def judge(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, extract_date: date, lines: Collection[Line]
) -> None:
    """Check quarantined lines under the contract in force.

    An invalid value of an optional field is removed, and the row is checked again.

    Reads: the quarantine and raw files of the extract.
    Writes: temp table `judged`, one row per line of `lines` that has not changed: the columns of `quarantined`,
    `reason` (null if the row can be used) and `without` (the fields whose value was removed).

    Args:
        connection: to any database.
        home: a `$FIL_HOME`.
        contract: the source's contract.
        extract_date: of the extract.
        lines: the lines to check.
    """
    read_quarantined(connection, home, contract, extract_date)
    unreadable = ", ".join(map(literal, sorted(UNREADABLE)))
    choose(connection, lines)
    connection.execute(
        "create or replace temp table judged as select quarantined.*, "
        f"case when quarantine_reason in ({unreadable}) then quarantine_reason end as malformed, "
        "null::varchar as reason, []::varchar[] as without "
        "from quarantined join chosen using (line_number, sha256)"
    )
    dispensable = [field for field in contract.fields if _is_dispensable(field, contract)]
    connection.execute(f"update judged set reason = {reason_sql(contract)}")
    while dispensable and _remove_values(connection, dispensable):
        connection.execute(f"update judged set reason = {reason_sql(contract)}")
    _reject_taken_keys(connection, home, contract, extract_date)


def choose(connection: duckdb.DuckDBPyConnection, lines: Collection[Line]) -> None:
    """Write temp table `chosen` (line_number, sha256), one row per line."""
    ordered = sorted(lines)
    numbers = pa.array([line.number for line in ordered], pa.int64())
    hashes = pa.array([line.sha256 for line in ordered], pa.string())
    connection.register("chosen_lines", pa.table({"line_number": numbers, "sha256": hashes}))
    connection.execute("create or replace temp table chosen as from chosen_lines")
    connection.unregister("chosen_lines")


def _is_dispensable(field: Field, contract: Contract) -> bool:
    """Whether a value may be removed; never one of a consent or a protection, because it may be the current one."""
    return not field.is_required and field.name != contract.key and field.name not in contract.read_in_quarantine


def _remove_values(connection: duckdb.DuckDBPyConnection, dispensable: Collection[Field]) -> int:
    """Remove the value that each row's reason names; return the number of changed rows."""
    field_sql = "split_part(reason, ':', 2)"
    set_sql = ", ".join(
        f"{field.column} = case when {field_sql} = {literal(field.name)} then null else {field.column} end"
        for field in dispensable
    )
    has_value_sql = " ".join(f"when {literal(field.name)} then {field.column} is not null" for field in dispensable)
    return scalar(
        connection,
        f"update judged set {set_sql}, without = list_append(without, {field_sql}) "
        f"where reason is not null and case {field_sql} {has_value_sql} else false end",
    )


def _reject_taken_keys(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, extract_date: date
) -> None:
    """Give a reason to rows whose key another row has: in one extract, keys are unique."""
    raw = partition_dir(home, "raw", contract, extract_date) / DATA
    connection.execute(
        f"update judged set reason = '{KEY_TAKEN}' where reason is null and source_key in "
        "(select _source_key from read_parquet($file, hive_partitioning = false))",
        {"file": str(raw)},
    )
    connection.execute(
        "update judged set reason = 'duplicate_key' where reason is null and source_key in "
        "(select source_key from judged where reason is null group by source_key having count(*) > 1)"
    )


def scalar(connection: duckdb.DuckDBPyConnection, query: str, values: dict[str, str] | None = None) -> int:
    """The single number that a query returns; for an update, the number of changed rows."""
    row = connection.execute(query, values or {}).fetchone()
    return int(row[0]) if row else 0

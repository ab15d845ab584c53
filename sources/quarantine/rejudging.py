"""Released rows judged again under the contract in force, as set-based SQL over the refused rows of one extract.

Who released them, and from when on that counts, is said by `decisions.py`.
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
from sources.quarantine.rows import read_refused

# A row of the same key counts already; no row of an extract is refused for it.
KEY_TAKEN = "key_taken"


def judge(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, extract_date: date, lines: Collection[Line]
) -> None:
    """Fill the temp table `judged` with refused lines as they stand now; `reason` is null where a row can count.

    A value that alone was refused, of a field that need not be there, is left out, and the row judged again.
    """
    read_refused(connection, home, contract, extract_date)
    unreadable = ", ".join(map(literal, sorted(UNREADABLE)))
    choose(connection, lines)
    connection.execute(
        f"create or replace temp table judged as select refused.*, case when refused_for in ({unreadable}) "
        "then refused_for end as malformed, null::varchar as reason, []::varchar[] as without "
        "from refused join chosen using (line_number, sha256)"
    )
    dispensable = [field for field in contract.fields if _is_dispensable(field, contract)]
    connection.execute(f"update judged set reason = {reason_sql(contract)}")
    while dispensable and _empty(connection, dispensable):
        connection.execute(f"update judged set reason = {reason_sql(contract)}")
    _refuse_taken_keys(connection, home, contract, extract_date)


def choose(connection: duckdb.DuckDBPyConnection, lines: Collection[Line]) -> None:
    """Fill the temp table `chosen` with lines."""
    ordered = sorted(lines)
    numbers = pa.array([line.number for line in ordered], pa.int64())
    hashes = pa.array([line.sha256 for line in ordered], pa.string())
    connection.register("chosen_lines", pa.table({"line_number": numbers, "sha256": hashes}))
    connection.execute("create or replace temp table chosen as from chosen_lines")
    connection.unregister("chosen_lines")


def _is_dispensable(field: Field, contract: Contract) -> bool:
    """A word on a consent or a protection that can't be read may be the one that counts, and is never left out."""
    return not field.is_required and field.name != contract.key and field.name not in contract.heard_when_refused


def _empty(connection: duckdb.DuckDBPyConnection, dispensable: Collection[Field]) -> int:
    """Leave out the value that each row is refused for; return of how many rows."""
    meant = "split_part(reason, ':', 2)"
    emptied = ", ".join(
        f"{field.column} = case when {meant} = {literal(field.name)} then null else {field.column} end"
        for field in dispensable
    )
    is_there = " ".join(f"when {literal(field.name)} then {field.column} is not null" for field in dispensable)
    return number(
        connection,
        f"update judged set {emptied}, without = list_append(without, {meant}) "
        f"where reason is not null and case {meant} {is_there} else false end",
    )


def _refuse_taken_keys(
    connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, extract_date: date
) -> None:
    """In one extract keys are unique."""
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


def number(connection: duckdb.DuckDBPyConnection, query: str, values: dict[str, str] | None = None) -> int:
    """The one number that a query, or a change of rows, gives."""
    row = connection.execute(query, values or {}).fetchone()
    return int(row[0]) if row else 0

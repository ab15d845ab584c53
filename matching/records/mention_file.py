"""Reads a file of mentions: checks its columns and keys, and keeps its values as text.

The dbt models and macros normalise it.
"""

from collections.abc import Collection
from pathlib import Path

import duckdb

from matching.records.person_records import count_rows
from matching.records.table_file import MentionFileError, read_table

RECORD_ID = "record_id"
COLUMNS = (
    RECORD_ID, "source", "document", "document_country", "given_name", "surname_1", "surname_2", "birth_date", "sex",
    "street", "street_number", "postcode", "email", "phone",
)  # fmt: skip

SOURCE_MENTIONS = "work.intermediate.int_source_mentions"
FILE_ROWS = "file_rows"


def read_mentions(connection: duckdb.DuckDBPyConnection, path: Path, registers: Collection[str] = ()) -> list[str]:
    """Read a CSV or Parquet file of mentions; return its unknown columns.

    Reads: the file.
    Writes: `file_rows` with `COLUMNS` as text, one row per row of the file; exact copies with one id are one row.

    Args:
        connection: to the work database.
        path: of the file.
        registers: sources that list each person once.

    Raises:
        MentionFileError: the file is neither CSV nor Parquet, its record ids are missing, empty or repeated, or it
            has no row of a register.
    """
    columns = read_table(connection, path, "mention_file", COLUMNS)
    if RECORD_ID not in columns:
        raise MentionFileError(
            f"{path} has no column {RECORD_ID}, which is required; the columns are {', '.join(COLUMNS)}"
        )
    _check_keys(connection, path, "mention_file")
    _check_registers(connection, path, registers, columns)
    columns_sql = ", ".join(
        f"nullif(trim({name}), '') as {name}" if name in columns else f"null::varchar as {name}" for name in COLUMNS
    )
    connection.execute(f"create or replace temp table {FILE_ROWS} as select {columns_sql} from mention_file")
    connection.execute("drop table mention_file")
    return [name for name in columns if name not in COLUMNS]


def _check_keys(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    empty, rows, distinct = connection.execute(
        f"select count(*) filter (coalesce(trim({RECORD_ID}), '') = ''), count(*), count(distinct trim({RECORD_ID})) "
        f"from {name}"
    ).fetchall()[0]
    if empty:
        raise MentionFileError(f"{path}: {empty} of {rows} rows have no {RECORD_ID}; give each row a unique one")
    if distinct < rows and count_rows(connection, f"(select distinct * from {name})") > distinct:
        raise MentionFileError(
            f"{path}: {rows} rows have {distinct} different {RECORD_ID}s; give each row a unique one"
        )
    if distinct < rows:
        connection.execute(f"create or replace temp table {name} as select distinct * from {name}")


def _check_registers(
    connection: duckdb.DuckDBPyConnection, path: Path, registers: Collection[str], columns: Collection[str]
) -> None:
    if not registers:
        return
    known = "select distinct trim(source) from mention_file" if "source" in columns else "select null where false"
    sources = {row[0] for row in connection.execute(known).fetchall()}
    for register in registers:
        if register not in sources:
            raise MentionFileError(f"{path} has no row of the source {register}, which --register names")

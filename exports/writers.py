"""Writes a gated relation as JSON Lines, Parquet or CSV through DuckDB, with the same bytes for the same rows.

Where files go and what is said of them is decided elsewhere.
"""

from pathlib import Path

import duckdb

from exports.contract import ExportContract
from sources.sql import identifier, literal

# What a spreadsheet may run when a cell begins with it, full-width forms included, also behind white space.
_FORMULA = r"^[\t\r\n]|^\s*[=+\-@＝＋－＠]"
_OPTIONS = {
    "jsonl": "format json",
    # One thread writes, so row groups and with them the bytes don't depend on the machine.
    "parquet": "format parquet, compression zstd, row_group_size 100000",
    "csv": "format csv, header true, delimiter ',', quote '\"', escape '\"', force_quote *",
}


def _csv_safe(column: str, data_type: str) -> str:
    """A cell that no spreadsheet runs: text that begins like a formula gets an apostrophe before it."""
    name = identifier(column)
    if data_type != "VARCHAR":
        return name
    return f"case when regexp_matches({name}, {literal(_FORMULA)}) then '''' || {name} else {name} end as {name}"


def write_file(
    connection: duckdb.DuckDBPyConnection, relation: str, contract: ExportContract, file_format: str, directory: Path
) -> Path:
    """Write a relation of one row per person into a directory, ordered by person, and return the file."""
    path = directory / f"{contract.target}.{file_format}"
    write_rows(connection, relation, "rows.person_id", file_format, path)
    return path


def write_rows(connection: duckdb.DuckDBPyConnection, relation: str, order: str, file_format: str, path: Path) -> None:
    """Write a relation, or a query in parentheses, to a file in a total order of its `rows`."""
    columns = connection.execute(f"describe select * from {relation} as rows").fetchall()
    fields = ", ".join(
        _csv_safe(str(name), str(kind)) if file_format == "csv" else identifier(str(name)) for name, kind, *_ in columns
    )
    row = connection.execute("select current_setting('threads')").fetchone()
    threads = int(row[0]) if row else 1
    connection.execute("set threads = 1")
    try:
        connection.execute(
            f"copy (select {fields} from {relation} as rows order by {order}) "
            f"to {literal(str(path))} ({_OPTIONS[file_format]})"
        )
    finally:
        connection.execute(f"set threads = {threads}")
    path.chmod(0o600)

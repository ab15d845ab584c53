"""Writes a relation as JSON Lines, Parquet or CSV through DuckDB, with the same bytes for the same rows.

Every CSV that leaves Fil is written here, so that no spreadsheet runs a cell of it. Where files go and what is said of
them is decided elsewhere.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from exports.contracts.contract import ExportContract
from sources.base.sql import identifier, literal

# What a spreadsheet may run when a cell begins with it, full-width forms included, also behind what nobody sees: white
# space of any kind (Unicode's Z), control characters, byte order marks and what has no width (C).
_FORMULA = r"^[\t\r\n]|^[\s\p{Z}\p{C}]*[=+\-@＝＋－＠]"
_BEGINS_FORMULA = "=+-@＝＋－＠"
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


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV under named columns, its text guarded as in every other CSV."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return target.getvalue()


def guarded(text: str) -> str:
    """A cell that no spreadsheet runs: what begins like a formula gets an apostrophe before it, once."""
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    """As `_FORMULA` has it."""
    if text.startswith(("\t", "\r", "\n")):
        return True
    seen = (one for one in text if not one.isspace() and unicodedata.category(one)[0] not in "ZC")
    return next(seen, "x") in _BEGINS_FORMULA


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

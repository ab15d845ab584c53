"""Writes a relation as JSON Lines, Parquet or CSV through DuckDB, with the same bytes for the same rows.

All CSV files that Fil exports are written here, so that no spreadsheet runs a cell as a formula.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from exports.contracts.contract import ExportContract
from sources.base.sql import identifier, literal

# The beginnings of a cell that a spreadsheet may run, full-width forms included. Invisible characters may come before:
# white space (Unicode's Z), and control characters, byte order marks and characters without width (C).
_FORMULA = r"^[\t\r\n]|^[\s\p{Z}\p{C}]*[=+\-@＝＋－＠]"
_BEGINS_FORMULA = "=+-@＝＋－＠"
_OPTIONS = {
    "jsonl": "format json",
    # One thread writes, so that row groups and bytes do not depend on the machine.
    "parquet": "format parquet, compression zstd, row_group_size 100000",
    "csv": "format csv, header true, delimiter ',', quote '\"', escape '\"', force_quote *",
}


def _csv_safe(column: str, data_type: str) -> str:
    """SQL of a cell that no spreadsheet runs: text that begins like a formula gets an apostrophe before it."""
    name = identifier(column)
    if data_type != "VARCHAR":
        return name
    return f"case when regexp_matches({name}, {literal(_FORMULA)}) then '''' || {name} else {name} end as {name}"


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV text with a header; text cells are guarded as in all CSV files."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return target.getvalue()


def guarded(text: str) -> str:
    """A cell that no spreadsheet runs: text that begins like a formula gets one apostrophe before it."""
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    """Whether a text matches `_FORMULA`."""
    if text.startswith(("\t", "\r", "\n")):
        return True
    visible = (letter for letter in text if not letter.isspace() and unicodedata.category(letter)[0] not in "ZC")
    return next(visible, "x") in _BEGINS_FORMULA


def write_file(
    connection: duckdb.DuckDBPyConnection, relation: str, contract: ExportContract, file_format: str, directory: Path
) -> Path:
    """Write a relation of one row per person into a directory, ordered by person, and return the file."""
    path = directory / f"{contract.target}.{file_format}"
    write_rows(connection, relation, "rows.person_id", file_format, path)
    return path


def write_rows(connection: duckdb.DuckDBPyConnection, relation: str, order: str, file_format: str, path: Path) -> None:
    """Write a relation to a file.

    Args:
        connection: to the work database.
        relation: its name, or a query in parentheses.
        order: the SQL of a total order, on columns of `rows`.
        file_format: jsonl, parquet or csv.
        path: of the file.
    """
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

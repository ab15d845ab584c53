"""Reads a CSV or Parquet file as a table of text; an error names the line, never a value."""

import csv
import tempfile
from collections.abc import Collection
from pathlib import Path

import duckdb

from matching.records.csv_faults import find_fault, has_mixed_line_ends, write_plain_line_ends
from sources.base.sql import identifier, literal

_DELIMITERS = (",", ";", "\t", "|")


class MentionFileError(ValueError):
    """A file that can't be used; the message names the file and what was expected, never a value."""


def read_table(
    connection: duckdb.DuckDBPyConnection, path: Path, name: str, expected: Collection[str] = ()
) -> list[str]:
    """Read a CSV or Parquet file into a temporary table of text columns, named in lower case; return their names.

    Reads: the file.
    Writes: the table `name`, one row per row of the file.

    Args:
        connection: to the work database.
        path: of the file.
        name: of the table.
        expected: columns that help to find the delimiter of a CSV file.

    Raises:
        MentionFileError: the file is neither CSV nor Parquet, or can't be read.
    """
    is_parquet = path.suffix.lower() in (".parquet", ".pq")
    columns = _read_parquet(connection, path) if is_parquet else _read_csv(connection, path, expected)
    lowered = _distinct(path, columns)
    places = [row[0] for row in connection.execute("describe raw_file").fetchall()]
    renamed = ", ".join(f"{identifier(old)} as {identifier(new)}" for old, new in zip(places, lowered, strict=True))
    connection.execute(f"create or replace temp table {name} as select {renamed} from raw_file")
    connection.execute("drop table raw_file")
    return lowered


def _read_parquet(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """Write `raw_file`; return the column names in the file, because DuckDB renames repeated ones."""
    try:
        _write_raw(connection, f"read_parquet({literal(str(path))}, hive_partitioning = false)")
        schema = connection.execute(
            f"select name, coalesce(num_children, 0) from parquet_schema({literal(str(path))})"
        ).fetchall()
    except duckdb.Error as error:
        raise MentionFileError(f"{path} can't be read ({type(error).__name__}): expected Parquet") from None
    names, inner = [], 0
    for column, children in schema[1:]:
        if not inner:
            names.append(str(column))
        inner += children - (inner > 0)
    return names


def _read_csv(connection: duckdb.DuckDBPyConnection, path: Path, expected: Collection[str]) -> list[str]:
    delimiter, names = _header(path, expected)
    _distinct(path, names)
    try:
        _write_raw(connection, _csv(path, delimiter, names))
    except duckdb.Error as error:
        # DuckDB's message quotes the line.
        kind = type(error).__name__
    else:
        return names
    if has_mixed_line_ends(path) and _read_plainly(connection, path, delimiter, names):
        return names
    fault = find_fault(path, delimiter, len(names))
    raise MentionFileError(f"{path}: {fault or f'it cannot be read as CSV ({kind})'}") from None


def _read_plainly(connection: duckdb.DuckDBPyConnection, path: Path, delimiter: str, names: list[str]) -> bool:
    """Write `raw_file` from a copy with line ends of one kind; return whether it can be read."""
    with tempfile.TemporaryDirectory(prefix="fil-match-") as scratch:
        copy = Path(scratch) / "plain.csv"
        write_plain_line_ends(path, copy)
        try:
            _write_raw(connection, _csv(copy, delimiter, names))
        except duckdb.Error:
            return False
    return True


def _write_raw(connection: duckdb.DuckDBPyConnection, relation: str) -> None:
    connection.execute(f"create or replace temp table raw_file as select columns(*)::varchar from {relation}")


def _header(path: Path, expected: Collection[str]) -> tuple[str, list[str]]:
    """Delimiter and column names of a CSV file: the delimiter that finds most of the expected columns."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            first = handle.readline()
        headers = {mark: next(csv.reader([first], delimiter=mark), []) for mark in _DELIMITERS}
    except (UnicodeDecodeError, csv.Error):
        raise MentionFileError(f"{path}: {find_fault(path, ',', 0) or 'its first line cannot be read'}") from None
    if not first.strip():
        raise MentionFileError(f"{path} is empty; its first line must name its columns")
    known = {mark: sum(name.strip().lower() in expected for name in header) for mark, header in headers.items()}
    delimiter = max(_DELIMITERS, key=lambda mark: (known[mark], len(headers[mark])))
    return delimiter, [name.strip() or f"column_{place}" for place, name in enumerate(headers[delimiter])]


def _csv(path: Path, delimiter: str, names: list[str]) -> str:
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({literal(str(path))}, auto_detect = false, header = true, delim = {literal(delimiter)}, "
        f"quote = '\"', escape = '\"', columns = {{{columns}}}, strict_mode = true, max_line_size = 10000000)"
    )


def _distinct(path: Path, names: list[str]) -> list[str]:
    """The names in lower case, none of them twice."""
    lowered = [name.strip().lower() for name in names]
    if len(set(lowered)) < len(lowered):
        raise MentionFileError(f"{path} has a column twice; use each column name once")
    return lowered

"""Reads the quarantined rows of one extract into a temp table, and finds the lines that a command names.

`releases.py` decides whether a row can be released; `look_ups.py` shows lines to people.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from sources.base.errors import ExtractDamaged, QuarantineError
from sources.contracts.contract import Contract
from sources.parsing.parse import source_key_sql
from sources.parsing.raw_files import DATA, partition_dir
from sources.quarantine.release_journal import Line


@dataclass(frozen=True)
class Choice:
    """The quarantined rows that a command names: lines by their numbers, or all rows with one reason."""

    numbers: tuple[int, ...] = ()
    reason: str | None = None


def quarantine_file(home: Path, contract: Contract, extract_date: date) -> Path:
    """The path of the file with the quarantined rows of an extract.

    Raises:
        QuarantineError: there is no such file.
    """
    path = partition_dir(home, "quarantine", contract, extract_date) / DATA
    if not path.exists():
        raise QuarantineError(
            f"{contract.source}: no row of an extract of {extract_date} is in quarantine; "
            f"`fil quarantine list {contract.source}` lists the extracts"
        )
    return path


def is_in_use(home: Path, contract: Contract, extract_date: date) -> bool:
    """Whether an extract is in use: it is parsed and not rejected."""
    return (partition_dir(home, "raw", contract, extract_date) / DATA).exists()


def read_quarantined(connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, extract_date: date) -> None:
    """Read the quarantined rows of an extract.

    Reads: the extract's quarantine file.
    Writes: temp table `quarantined` (line_number, quarantine_reason, sha256 of the original line, extract_date,
    source_key and every field), one row per quarantined row.

    Args:
        connection: to any database.
        home: a `$FIL_HOME`.
        contract: the source's contract.
        extract_date: of the extract.

    Raises:
        QuarantineError: there is no file of that date.
        ExtractDamaged: the file can't be read.
    """
    path = quarantine_file(home, contract, extract_date)
    file_sql = "read_parquet($file, hive_partitioning = false)"
    try:
        described = connection.execute(f"select fields.* from {file_sql} limit 0", {"file": str(path)}).description
        known = {column[0] for column in described or []}
        # A field that was added to the contract later is not in the file.
        picks = (
            f"fields.{field.column}" if field.name in known else f"null::varchar as {field.column}"
            for field in contract.fields
        )
        connection.execute(
            f"create or replace temp table quarantined as select *, {source_key_sql(contract)} as source_key from ("
            "select line_number, reason as quarantine_reason, sha256(original_line) as sha256, "
            f"$day::date as extract_date, {', '.join(picks)} from {file_sql})",
            {"file": str(path), "day": extract_date},
        )
    except duckdb.Error:
        raise damaged(home, contract, extract_date) from None


def damaged(home: Path, contract: Contract, extract_date: date) -> ExtractDamaged:
    """The error if the quarantined rows of an extract can't be read."""
    path = partition_dir(home, "quarantine", contract, extract_date) / DATA
    raw = partition_dir(home, "raw", contract, extract_date)
    return ExtractDamaged(f"{path} is damaged: remove {raw}; the next night parses that extract again")


def chosen_lines(connection: duckdb.DuckDBPyConnection, contract: Contract, choice: Choice) -> set[Line]:
    """The lines of temp table `quarantined` that a command names.

    Raises:
        QuarantineError: a line is not quarantined, or no row has the reason.
    """
    numbers = list(choice.numbers)
    query = (
        "select line_number, sha256 from quarantined "
        "where quarantine_reason = $reason or list_contains($numbers, line_number)"
    )
    rows = connection.execute(query, {"reason": choice.reason, "numbers": numbers}).fetchall()
    lines = {Line(int(number), str(sha)) for number, sha in rows}
    reasons = connection.execute("select distinct quarantine_reason from quarantined order by all").fetchall()
    known = ", ".join(reason for (reason,) in reasons) or "none"
    if missing := sorted(set(numbers) - {line.number for line in lines}):
        listed = ", ".join(map(str, missing[:5])) + (" …" if len(missing) > 5 else "")
        raise QuarantineError(
            f"{contract.source}: these lines of that extract are not in quarantine: {listed}; "
            f"`fil quarantine show {contract.source}` shows the lines that are"
        )
    if not lines:
        raise QuarantineError(
            f"{contract.source}: no row of that extract is in quarantine for that reason; its reasons are {known}"
        )
    return lines

"""The refused rows of one extract as a table in SQL, and which of its lines somebody means.

Whether a row can be released is for `releases.py`; what of it is shown to whom, for `look_ups.py`.
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
    """The refused rows that somebody means: lines by their numbers, or all rows of one reason."""

    numbers: tuple[int, ...] = ()
    reason: str | None = None


def refused_file(home: Path, contract: Contract, extract_date: date) -> Path:
    """Where the refused rows of an extract are kept.

    Raises:
        QuarantineError: none are kept of that date.
    """
    path = partition_dir(home, "quarantine", contract, extract_date) / DATA
    if not path.exists():
        raise QuarantineError(
            f"{contract.source}: no row of an extract of {extract_date} is in quarantine; "
            f"`fil quarantine list {contract.source}` lists the extracts"
        )
    return path


def is_in_use(home: Path, contract: Contract, extract_date: date) -> bool:
    """Whether an extract counts; of a rejected one no row does."""
    return (partition_dir(home, "raw", contract, extract_date) / DATA).exists()


def read_refused(connection: duckdb.DuckDBPyConnection, home: Path, contract: Contract, extract_date: date) -> None:
    """Fill the temp table `refused`: line_number, refused_for, sha256, extract_date, source_key and every field.

    Raises:
        QuarantineError: no refused rows are kept of that date.
        ExtractDamaged: their file can't be read.
    """
    path = refused_file(home, contract, extract_date)
    told = "read_parquet($file, hive_partitioning = false)"
    try:
        found = connection.execute(f"select fields.* from {told} limit 0", {"file": str(path)}).description or []
        known = {column[0] for column in found}
        # A field that the contract has learned since was not read.
        picks = (
            f"fields.{field.column}" if field.name in known else f"null::varchar as {field.column}"
            for field in contract.fields
        )
        connection.execute(
            f"create or replace temp table refused as select *, {source_key_sql(contract)} as source_key from ("
            "select line_number, reason as refused_for, sha256(original_line) as sha256, "
            f"$day::date as extract_date, {', '.join(picks)} from {told})",
            {"file": str(path), "day": extract_date},
        )
    except duckdb.Error:
        raise damaged(home, contract, extract_date) from None


def damaged(home: Path, contract: Contract, extract_date: date) -> ExtractDamaged:
    """What to raise where the refused rows of an extract can't be read."""
    path = partition_dir(home, "quarantine", contract, extract_date) / DATA
    raw = partition_dir(home, "raw", contract, extract_date)
    return ExtractDamaged(f"{path} is damaged: remove {raw}; the next night parses that extract again")


def chosen_lines(connection: duckdb.DuckDBPyConnection, contract: Contract, choice: Choice) -> set[Line]:
    """The lines of `refused` that are meant.

    Raises:
        QuarantineError: a line is not among them, or no row has the reason.
    """
    numbers = list(choice.numbers)
    query = (
        "select line_number, sha256 from refused where refused_for = $reason or list_contains($numbers, line_number)"
    )
    found = connection.execute(query, {"reason": choice.reason, "numbers": numbers}).fetchall()
    lines = {Line(int(number), str(sha)) for number, sha in found}
    reasons = connection.execute("select distinct refused_for from refused order by all").fetchall()
    known = ", ".join(reason for (reason,) in reasons) or "none"
    if missing := sorted(set(numbers) - {line.number for line in lines}):
        told = ", ".join(map(str, missing[:5])) + (" …" if len(missing) > 5 else "")
        raise QuarantineError(
            f"{contract.source}: these lines of that extract are not in quarantine: {told}; "
            f"`fil quarantine show {contract.source}` shows the lines that are"
        )
    if not lines:
        raise QuarantineError(
            f"{contract.source}: no row of that extract is in quarantine for that reason; its reasons are {known}"
        )
    return lines

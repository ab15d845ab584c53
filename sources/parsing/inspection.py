"""Checks an extract before it is sent: whether it would be rejected, its quarantined rows, the use of its fields.

It is landed and parsed in a temporary directory. This module does not print the result.
"""

import hashlib
import json
import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from sources.base.errors import ExtractRejected
from sources.base.sql import literal
from sources.contracts.contract import Contract
from sources.landing.land import control_path, land
from sources.parsing.original import before_delivery
from sources.parsing.parse import ParseResult, parse, parse_extract
from sources.parsing.raw_files import DATA, partition_dir
from sources.parsing.reasons import UNREADABLE


@dataclass(frozen=True)
class FieldUse:
    """Counts of a field's values in the rows that could be read."""

    name: str
    filled: int
    distinct: int


@dataclass(frozen=True)
class Inspection:
    """The result for an extract; `rejected` is why Fil would not use it, and what to do.

    If the file can't be read, the counts are 0.
    """

    file_name: str
    contract: Contract
    rejected: str | None
    counts: ParseResult
    rows_read: int = 0
    fields: tuple[FieldUse, ...] = ()


def inspect(contract: Contract, file: Path, extract_date: date, rows: int | None) -> Inspection:
    """Check an extract under its contract.

    Args:
        contract: of the source.
        file: the extract.
        extract_date: of the extract.
        rows: the announced number of rows; None to skip this check.
    """
    if gap := contract.gap(extract_date):
        message = f"{contract.source}: on the date of {file.name} {gap}"
        return Inspection(file.name, contract, message, ParseResult(extract_date))
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        _deliver(home, contract, file, rows)
        for warning in land(home, contract, extract_date).warnings:
            return Inspection(file.name, contract, before_delivery(warning), ParseResult(extract_date))
        (result,) = parse(home, contract, extract_date, is_announced=rows is not None)
        counts = _counts_of_rejected(home, contract, extract_date) if result.rejected else result
        rows_read, fields = _field_uses(home, contract, extract_date)
    rejected = result.rejected and before_delivery(result.rejected)
    return Inspection(file.name, contract, rejected, counts, rows_read, fields)


def _deliver(home: Path, contract: Contract, file: Path, rows: int | None) -> None:
    copy = home / "inbox" / contract.source / file.name
    copy.parent.mkdir(parents=True)
    shutil.copyfile(file, copy)
    with copy.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    control = {"rows": rows or 0, "bytes": copy.stat().st_size, "sha256": digest}
    control_path(copy).write_text(json.dumps(control), encoding="utf-8")


def _counts_of_rejected(home: Path, contract: Contract, extract_date: date) -> ParseResult:
    """Parse a rejected extract without its bounds on rows, to count its rows."""
    lenient = replace(contract.delivery, max_quarantine_share=1.0, min_rows=0)
    try:
        return parse_extract(home, replace(contract, delivery=lenient), extract_date, is_announced=False)
    except ExtractRejected:
        return ParseResult(extract_date)


def _field_uses(home: Path, contract: Contract, extract_date: date) -> tuple[int, tuple[FieldUse, ...]]:
    """How many rows could be read, and the use of their fields; quarantined rows are included."""
    raw, quarantined = (str(partition_dir(home, area, contract, extract_date) / DATA) for area in ("raw", "quarantine"))
    if not Path(raw).exists():
        return 0, ()
    with duckdb.connect(":memory:") as connection:
        names = ", ".join(field.column for field in contract.fields)
        unreadable = ", ".join(map(literal, sorted(UNREADABLE)))
        connection.execute(
            f"create view readable as select {names} from read_parquet({literal(raw)}, hive_partitioning = false) "
            f"union all select fields.* from read_parquet({literal(quarantined)}, hive_partitioning = false) "
            f"where reason not in ({unreadable})"
        )
        total = connection.execute("select count(*) from readable").fetchall()[0][0]
        # One field at a time: the distinct values of all fields together would fill the memory.
        columns = [field.column for field in contract.fields]
        uses = (
            connection.execute(f"select count({column}), count(distinct {column}) from readable").fetchall()[0]
            for column in columns
        )
        return total, tuple(FieldUse(field.name, *use) for field, use in zip(contract.fields, uses, strict=True))

"""What an extract would be taken for, before it is sent: the verdict, its refused rows, how its fields are filled.

It is landed and parsed in a directory of its own, of which nothing stays; how the outcome is shown is not decided here.
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
from sources.parsing.parse import ParseResult, parse, parse_extract
from sources.parsing.raw_files import DATA, partition_dir
from sources.parsing.reasons import UNREADABLE


@dataclass(frozen=True)
class FieldUse:
    """How a field is used in the rows that could be read, in counts alone."""

    name: str
    filled: int
    distinct: int


@dataclass(frozen=True)
class Inspection:
    """What became of an extract; `rejected` says why none of it would count, and what to do.

    Of a file that can't be read there are no counts.
    """

    file_name: str
    contract: Contract
    rejected: str | None
    counts: ParseResult
    rows_read: int = 0
    fields: tuple[FieldUse, ...] = ()


def inspect(contract: Contract, file: Path, extract_date: date, rows: int | None) -> Inspection:
    """Test an extract under its contract; without announced `rows`, its own are taken."""
    if gap := contract.gap(extract_date):
        said = f"{contract.source}: on the date of {file.name} {gap}"
        return Inspection(file.name, contract, said, ParseResult(extract_date))
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        _deliver(home, contract, file, rows)
        for warning in land(home, contract, extract_date).warnings:
            return Inspection(file.name, contract, warning, ParseResult(extract_date))
        (result,) = parse(home, contract, extract_date, is_announced=rows is not None)
        counts = _counted_anyway(home, contract, extract_date) if result.rejected else result
        rows_read, fields = _field_uses(home, contract, extract_date)
    return Inspection(file.name, contract, result.rejected, counts, rows_read, fields)


def _deliver(home: Path, contract: Contract, file: Path, rows: int | None) -> None:
    copy = home / "inbox" / contract.source / file.name
    copy.parent.mkdir(parents=True)
    shutil.copyfile(file, copy)
    with copy.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    control = {"rows": rows or 0, "bytes": copy.stat().st_size, "sha256": digest}
    control_path(copy).write_text(json.dumps(control), encoding="utf-8")


def _counted_anyway(home: Path, contract: Contract, extract_date: date) -> ParseResult:
    """The rows of a rejected extract as if any share of them might be refused."""
    lenient = replace(contract.delivery, max_quarantine_share=1.0, min_rows=0)
    try:
        return parse_extract(home, replace(contract, delivery=lenient), extract_date, is_announced=False)
    except ExtractRejected:
        return ParseResult(extract_date)


def _field_uses(home: Path, contract: Contract, extract_date: date) -> tuple[int, tuple[FieldUse, ...]]:
    """How many rows could be read, and what stands in the fields of them, the refused ones included."""
    raw, refused = (str(partition_dir(home, area, contract, extract_date) / DATA) for area in ("raw", "quarantine"))
    if not Path(raw).exists():
        return 0, ()
    with duckdb.connect(":memory:") as connection:
        names = ", ".join(field.column for field in contract.fields)
        unreadable = ", ".join(map(literal, sorted(UNREADABLE)))
        connection.execute(
            f"create view readable as select {names} from read_parquet({literal(raw)}, hive_partitioning = false) "
            f"union all select fields.* from read_parquet({literal(refused)}, hive_partitioning = false) "
            f"where reason not in ({unreadable})"
        )
        total = connection.execute("select count(*) from readable").fetchall()[0][0]
        # One by one: the distinct values of every field at once would fill the memory.
        uses = (
            connection.execute(f"select count({one.column}), count(distinct {one.column}) from readable").fetchall()[0]
            for one in contract.fields
        )
        return total, tuple(FieldUse(one.name, *use) for one, use in zip(contract.fields, uses, strict=True))

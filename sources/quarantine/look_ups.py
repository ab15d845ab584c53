"""What people are told of the quarantine: counts freely, lines only after who looks and why is on disk.

Nothing is decided here; releases are in `releases.py`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from sources.base import journal
from sources.base.errors import QuarantineError
from sources.contracts.contract import Contract
from sources.parsing.noticed import count_noticed
from sources.parsing.raw_files import NOTICED, kept_extracts
from sources.parsing.rejections import rejections
from sources.quarantine.rejudging import judge
from sources.quarantine.release_journal import Line, released_lines
from sources.quarantine.rows import damaged, is_in_use, refused_file

_KIND = "quarantine_look_ups"


@dataclass(frozen=True)
class ReasonCount:
    """How many rows of an extract are refused for a reason, and how many of those count all the same."""

    reason: str
    rows: int
    released: int


@dataclass(frozen=True)
class RefusedExtract:
    """An extract of which rows are refused; `rejected` says why none of it counts."""

    source: str
    extract_date: date
    rejected: str | None
    reasons: tuple[ReasonCount, ...]


@dataclass(frozen=True)
class RefusedRow:
    """A refused row as it came: personal data."""

    line_number: int
    reason: str
    original_line: str


@dataclass(frozen=True)
class Question:
    """Which refused rows somebody wants to see, who, and why."""

    extract_date: date
    reason: str | None
    limit: int
    who: str
    why: str


def overview(home: Path, contract: Contract, business_date: date) -> list[RefusedExtract]:
    """The extracts of a source up to a business date of which rows are refused, or all."""
    rejected = rejections(home, contract, business_date)
    kept = kept_extracts(home, "quarantine", contract, business_date)
    released = released_lines(home, contract, business_date)
    counted = _counts(home, contract, kept)
    found = []
    for day in sorted({*kept, *rejected}):
        is_used = is_in_use(home, contract, day)
        counting = _counting(home, contract, day, released.get(day, set())) if is_used else {}
        noticed = count_noticed(home, contract, day) if is_used else {}
        reasons = tuple(
            ReasonCount(reason, rows, counting.get(reason, 0)) for reason, rows in counted.get(day, {}).items()
        ) + tuple(ReasonCount(reason, rows, rows) for reason, rows in noticed.items())
        unused = f"{contract.source}: the extract of {day} is not in use; the next night checks it again"
        why = None if is_used else rejected.get(day, unused)
        if reasons or why:
            found.append(RefusedExtract(contract.source, day, why, reasons))
    return found


def _counts(home: Path, contract: Contract, extract_dates: Collection[date]) -> dict[date, dict[str, int]]:
    """Refused rows by extract and reason; asked of all files at once, as there may be one for every day."""
    days = {str(refused_file(home, contract, day)): day for day in extract_dates}
    counted: dict[date, dict[str, int]] = {}
    if days:
        told = "read_parquet($files, filename = true, hive_partitioning = false)"
        query = f"select filename, reason, count(*) from {told} group by all order by all"
        try:
            rows = duckdb.execute(query, {"files": list(days)}).fetchall()
        except duckdb.Error:
            for day in extract_dates:
                _ask(home, contract, day, "select count(reason) from refused")
            raise
        for file, reason, count in rows:
            counted.setdefault(days[file], {})[reason] = count
    return counted


def _counting(home: Path, contract: Contract, extract_date: date, lines: Collection[Line]) -> dict[str, int]:
    """By reason, how many of the released rows of an extract count."""
    if not lines:
        return {}
    with duckdb.connect(":memory:") as connection:
        judge(connection, home, contract, extract_date, lines)
        taken = "select refused_for, count(*) from judged where reason is null group by all"
        return dict(connection.execute(taken).fetchall())


def look_up(home: Path, contract: Contract, question: Question) -> list[RefusedRow]:
    """The refused rows that are asked for, after the look-up was written to its journal.

    Raises:
        QuarantineError: there are none.
    """
    rows = _ask(
        home,
        contract,
        question.extract_date,
        "select line_number, reason, original_line from refused where reason = coalesce($reason, reason) "
        "order by line_number limit $limit",
        {"reason": question.reason, "limit": question.limit},
    )
    if not rows:
        raise QuarantineError(
            f"{contract.source}: no row of the extract of {question.extract_date} is in quarantine for that reason; "
            f"`fil quarantine list {contract.source}` lists the reasons"
        )
    entry = {
        "who": question.who,
        "why": question.why,
        "asked_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": contract.source,
        "entity": contract.entity,
        "extract_date": question.extract_date.isoformat(),
        "reason": question.reason,
        "rows": len(rows),
    }
    journal.append(home, _KIND, entry)
    return [RefusedRow(int(str(number)), str(reason), str(line)) for number, reason, line in rows]


def _ask(
    home: Path, contract: Contract, extract_date: date, query: str, values: dict[str, object] | None = None
) -> list[tuple[object, ...]]:
    """Ask the file of an extract's refused rows, and that of good rows that need a look, as `refused`."""
    path = refused_file(home, contract, extract_date)
    files = [str(one) for one in (path, path.with_name(NOTICED)) if one.exists()]
    told = "with refused as (from read_parquet($files, hive_partitioning = false, union_by_name = true))"
    try:
        with duckdb.connect(":memory:") as connection:
            return connection.execute(f"{told} {query}", {"files": files} | (values or {})).fetchall()
    except duckdb.Error:
        raise damaged(home, contract, extract_date) from None

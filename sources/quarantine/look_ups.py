"""Shows the quarantine to people: counts to everybody, lines only after who looks and why are on disk."""

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
from sources.quarantine.rows import damaged, is_in_use, quarantine_file

_KIND = "quarantine_look_ups"


@dataclass(frozen=True)
class ReasonCount:
    """How many rows of an extract are quarantined for a reason, and how many of these are in use."""

    reason: str
    rows: int
    released: int


@dataclass(frozen=True)
class QuarantinedExtract:
    """An extract with quarantined rows; `rejected` is why the whole extract is not used."""

    source: str
    extract_date: date
    rejected: str | None
    reasons: tuple[ReasonCount, ...]


@dataclass(frozen=True)
class QuarantinedRow:
    """A quarantined row as the source delivered it: personal data."""

    line_number: int
    reason: str
    original_line: str


@dataclass(frozen=True)
class LookUp:
    """Which quarantined rows to show, who looks, and why."""

    extract_date: date
    reason: str | None
    limit: int
    who: str
    why: str


def overview(home: Path, contract: Contract, business_date: date) -> list[QuarantinedExtract]:
    """The extracts of a source up to a business date that are rejected or have quarantined rows."""
    rejected = rejections(home, contract, business_date)
    kept = kept_extracts(home, "quarantine", contract, business_date)
    released = released_lines(home, contract, business_date)
    counts = _counts(home, contract, kept)
    extracts = []
    for day in sorted({*kept, *rejected}):
        is_used = is_in_use(home, contract, day)
        in_use = _released_in_use(home, contract, day, released.get(day, set())) if is_used else {}
        noticed = count_noticed(home, contract, day) if is_used else {}
        reasons = tuple(
            ReasonCount(reason, rows, in_use.get(reason, 0)) for reason, rows in counts.get(day, {}).items()
        ) + tuple(ReasonCount(reason, rows, rows) for reason, rows in noticed.items())
        unused = f"{contract.source}: the extract of {day} is not in use; the next night checks it again"
        rejection = None if is_used else rejected.get(day, unused)
        if reasons or rejection:
            extracts.append(QuarantinedExtract(contract.source, day, rejection, reasons))
    return extracts


def _counts(home: Path, contract: Contract, extract_dates: Collection[date]) -> dict[date, dict[str, int]]:
    """Quarantined rows by extract and reason; one query reads all files, as there may be one per day."""
    days = {str(quarantine_file(home, contract, day)): day for day in extract_dates}
    counts: dict[date, dict[str, int]] = {}
    if days:
        files_sql = "read_parquet($files, filename = true, hive_partitioning = false)"
        query = f"select filename, reason, count(*) from {files_sql} group by all order by all"
        try:
            rows = duckdb.execute(query, {"files": list(days)}).fetchall()
        except duckdb.Error:
            for day in extract_dates:
                _query(home, contract, day, "select count(reason) from quarantined")
            raise
        for file, reason, count in rows:
            counts.setdefault(days[file], {})[reason] = count
    return counts


def _released_in_use(home: Path, contract: Contract, extract_date: date, lines: Collection[Line]) -> dict[str, int]:
    """How many released rows of an extract are in use, by reason."""
    if not lines:
        return {}
    with duckdb.connect(":memory:") as connection:
        judge(connection, home, contract, extract_date, lines)
        query = "select quarantine_reason, count(*) from judged where reason is null group by all"
        return dict(connection.execute(query).fetchall())


def look_up(home: Path, contract: Contract, request: LookUp) -> list[QuarantinedRow]:
    """Write a look-up to its journal, then return its quarantined rows.

    Raises:
        QuarantineError: there are none.
    """
    rows = _query(
        home,
        contract,
        request.extract_date,
        "select line_number, reason, original_line from quarantined where reason = coalesce($reason, reason) "
        "order by line_number limit $limit",
        {"reason": request.reason, "limit": request.limit},
    )
    if not rows:
        raise QuarantineError(
            f"{contract.source}: no row of the extract of {request.extract_date} is in quarantine for that reason; "
            f"`fil quarantine list {contract.source}` lists the reasons"
        )
    entry = {
        "who": request.who,
        "why": request.why,
        "asked_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": contract.source,
        "entity": contract.entity,
        "extract_date": request.extract_date.isoformat(),
        "reason": request.reason,
        "rows": len(rows),
    }
    journal.append(home, _KIND, entry)
    return [QuarantinedRow(int(str(number)), str(reason), str(line)) for number, reason, line in rows]


def _query(
    home: Path, contract: Contract, extract_date: date, query: str, values: dict[str, object] | None = None
) -> list[tuple[object, ...]]:
    """Query an extract's quarantined and noticed rows under the name `quarantined`."""
    path = quarantine_file(home, contract, extract_date)
    files = [str(file) for file in (path, path.with_name(NOTICED)) if file.exists()]
    with_sql = "with quarantined as (from read_parquet($files, hive_partitioning = false, union_by_name = true))"
    try:
        with duckdb.connect(":memory:") as connection:
            return connection.execute(f"{with_sql} {query}", {"files": files} | (values or {})).fetchall()
    except duckdb.Error:
        raise damaged(home, contract, extract_date) from None

"""Decisions of engineers that refused rows count after all, or do not any more: appended, never overwritten.

The journal is their only store; what becomes of the rows is for `releases.py`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal, NamedTuple

from sources.base import journal
from sources.contracts.contract import Contract

_KIND = "quarantine"
_VERDICTS = ("released", "revoked")
_TIME = "decided_at"


class Line(NamedTuple):
    """A line of an extract: a decision holds for what stands in it, whatever stands there later."""

    number: int
    sha256: str


@dataclass(frozen=True)
class Statement:
    """Who decides and why, and the first business date on which the decision counts."""

    who: str
    why: str
    counts_from: date


def record(
    home: Path,
    contract: Contract,
    verdict: Literal["released", "revoked"],
    extract_date: date,
    lines: Collection[Line],
    statement: Statement,
) -> None:
    """Append a decision on lines of an extract; once this returns it is on disk."""
    ordered = sorted(lines)
    entry = {
        "verdict": verdict,
        "source": contract.source,
        "entity": contract.entity,
        "extract_date": extract_date.isoformat(),
        "line_numbers": [line.number for line in ordered],
        "sha256": [line.sha256 for line in ordered],
        "who": statement.who,
        "why": statement.why,
        "counts_from": statement.counts_from.isoformat(),
        _TIME: datetime.now(UTC).isoformat(timespec="microseconds"),
    }
    journal.append(home, _KIND, entry)


def released_lines(home: Path, contract: Contract, business_date: date) -> dict[date, set[Line]]:
    """The released lines of a source on a business date, by extract; of several decisions on a line the last holds.

    Raises:
        RegistryError: the journal is damaged; passed over, a row would count again whose release was revoked.
    """
    released: dict[date, set[Line]] = {}
    for number, entry in enumerate(journal.read_once(home, _KIND, _TIME), start=1):
        try:
            if (entry["source"], entry["entity"]) != (contract.source, contract.entity):
                continue
            if date.fromisoformat(entry["counts_from"]) > business_date:
                continue
            told = zip(entry["line_numbers"], entry["sha256"], strict=True)
            lines = {Line(int(place), str(sha256)) for place, sha256 in told}
            of_extract = released.setdefault(date.fromisoformat(entry["extract_date"]), set())
            if _VERDICTS.index(entry["verdict"]) == 0:
                of_extract |= lines
            else:
                of_extract -= lines
        except (KeyError, TypeError, ValueError):
            raise journal.RegistryError(
                f"decision {number} in the journal {_KIND}.jsonl is damaged: restore the file from the backup"
            ) from None
    return {day: lines for day, lines in released.items() if lines}

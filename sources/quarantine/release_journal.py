"""The journal of engineers' releases of quarantined rows, and of revocations: appended, never overwritten.

It is their only store. `releases.py` loads the released rows.
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
    """A line of an extract. A release applies only to this content, not to a later content of the line."""

    number: int
    sha256: str


@dataclass(frozen=True)
class Signature:
    """Who releases or revokes and why, and the first business date on which this applies."""

    who: str
    why: str
    counts_from: date


def record(
    home: Path,
    contract: Contract,
    verdict: Literal["released", "revoked"],
    extract_date: date,
    lines: Collection[Line],
    signature: Signature,
) -> None:
    """Append a release or a revocation of lines to the journal; when this returns, it is on disk.

    Args:
        home: a `$FIL_HOME`.
        contract: the source's contract.
        verdict: released or revoked.
        extract_date: of the extract.
        lines: of the extract.
        signature: who, why, and from when.
    """
    ordered = sorted(lines)
    entry = {
        "verdict": verdict,
        "source": contract.source,
        "entity": contract.entity,
        "extract_date": extract_date.isoformat(),
        "line_numbers": [line.number for line in ordered],
        "sha256": [line.sha256 for line in ordered],
        "who": signature.who,
        "why": signature.why,
        "counts_from": signature.counts_from.isoformat(),
        _TIME: datetime.now(UTC).isoformat(timespec="microseconds"),
    }
    journal.append(home, _KIND, entry)


def released_lines(home: Path, contract: Contract, business_date: date) -> dict[date, set[Line]]:
    """The released lines of a source on a business date, by extract; the last entry about a line applies.

    Raises:
        RegistryError: the journal is damaged; without the damaged entry, a revoked release could apply again.
    """
    released: dict[date, set[Line]] = {}
    for number, entry in enumerate(journal.read_once(home, _KIND, _TIME), start=1):
        try:
            if (entry["source"], entry["entity"]) != (contract.source, contract.entity):
                continue
            if date.fromisoformat(entry["counts_from"]) > business_date:
                continue
            pairs = zip(entry["line_numbers"], entry["sha256"], strict=True)
            lines = {Line(int(line_number), str(sha256)) for line_number, sha256 in pairs}
            extract_lines = released.setdefault(date.fromisoformat(entry["extract_date"]), set())
            if _VERDICTS.index(entry["verdict"]) == 0:
                extract_lines |= lines
            else:
                extract_lines -= lines
        except (KeyError, TypeError, ValueError):
            raise journal.RegistryError(
                f"decision {number} in the journal {_KIND}.jsonl is damaged: restore the file from the backup"
            ) from None
    return {day: lines for day, lines in released.items() if lines}

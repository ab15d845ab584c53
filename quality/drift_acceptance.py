"""The journal of accepted drift: who, why, and for which business date. It is appended, never overwritten.

`drift` finds the drift.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from quality.outcome import Outcome
from sources.base import journal

_JOURNAL = "drift_acceptances"


@dataclass(frozen=True)
class Acceptance:
    """A person's confirmation that an unusual night is correct."""

    business_date: str
    who: str
    why: str
    accepted_at: str


def accept(home: Path, business_date: date, who: str, why: str) -> Acceptance:
    """Accept the drift of one night; when this returns, it is on disk."""
    accepted = Acceptance(business_date.isoformat(), who, why, datetime.now(UTC).isoformat(timespec="seconds"))
    journal.append(home, _JOURNAL, vars(accepted))
    return accepted


def acceptances(home: Path) -> dict[date, Acceptance]:
    """The last acceptance of each accepted night.

    Raises:
        RegistryError: the journal is damaged.
    """
    try:
        entries = [Acceptance(**entry) for entry in journal.read(home, _JOURNAL)]
        return {date.fromisoformat(acceptance.business_date): acceptance for acceptance in entries}
    except (TypeError, ValueError):
        raise journal.RegistryError(
            f"the journal {_JOURNAL}.jsonl is damaged: restore the file from the backup"
        ) from None


def softened(outcomes: list[Outcome], *, is_accepted: bool) -> list[Outcome]:
    """The same outcomes; if a person accepted the night, they only warn."""
    return [replace(outcome, severity="warn") for outcome in outcomes] if is_accepted else outcomes

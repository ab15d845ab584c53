"""Who let a night's drift pass, why, and for which business date: appended to a journal, never overwritten.

What drift is, is for `drift`.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from quality.outcome import Outcome
from sources.base import journal

_JOURNAL = "drift_acceptances"


@dataclass(frozen=True)
class Acceptance:
    """One person's word that a night is as it should be, however unusual."""

    business_date: str
    who: str
    why: str
    accepted_at: str


def accept(home: Path, business_date: date, who: str, why: str) -> Acceptance:
    """Let the drift of one night pass; on disk when this returns."""
    accepted = Acceptance(business_date.isoformat(), who, why, datetime.now(UTC).isoformat(timespec="seconds"))
    journal.append(home, _JOURNAL, vars(accepted))
    return accepted


def acceptances(home: Path) -> dict[date, Acceptance]:
    """The last word on each night that somebody accepted.

    Raises:
        RegistryError: the journal is damaged.
    """
    try:
        told = [Acceptance(**entry) for entry in journal.read(home, _JOURNAL)]
        return {date.fromisoformat(one.business_date): one for one in told}
    except (TypeError, ValueError):
        raise journal.RegistryError(
            f"the journal {_JOURNAL}.jsonl is damaged: restore the file from the backup"
        ) from None


def softened(outcomes: list[Outcome], *, is_accepted: bool) -> list[Outcome]:
    """The same outcomes, which only warn where a person accepted the night."""
    return [replace(one, severity="warn") for one in outcomes] if is_accepted else outcomes

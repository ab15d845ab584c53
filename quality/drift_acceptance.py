"""Who let a night's drift pass, why, and for which business date: appended to a journal, never overwritten.

What drift is, is for `drift`.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from quality.outcome import Outcome
from sources import journal

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


def acceptance(home: Path, business_date: date) -> Acceptance | None:
    """The last word on a night, if there is one.

    Raises:
        RegistryError: the journal is damaged.
    """
    try:
        told = [Acceptance(**entry) for entry in journal.read(home, _JOURNAL)]
    except TypeError:
        raise journal.RegistryError(
            f"the journal {_JOURNAL}.jsonl is damaged: restore the file from the backup"
        ) from None
    return next((one for one in reversed(told) if one.business_date == business_date.isoformat()), None)


def softened(outcomes: list[Outcome], accepted: Acceptance | None) -> list[Outcome]:
    """The same outcomes, which only warn where a person accepted the night."""
    return [replace(one, severity="warn") for one in outcomes] if accepted else outcomes

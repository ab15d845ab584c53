"""The journal of accepted drift: who, why, and for which business date. It is appended, never overwritten.

`drift` finds the drift.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from quality.outcome import Outcome
from sources.base import journal

_JOURNAL = "drift_acceptances"


@dataclass(frozen=True)
class Acceptance:
    """A person's confirmation that an unusual night is correct.

    `figures` are those that were out of range then; None in acceptances of earlier versions, which accept all.
    """

    business_date: str
    who: str
    why: str
    accepted_at: str
    figures: tuple[str, ...] | None = None


def accept(home: Path, business_date: date, who: str, why: str, figures: Sequence[str] | None = None) -> Acceptance:
    """Accept the figures of one night that are out of range; when this returns, it is on disk."""
    accepted = Acceptance(
        business_date.isoformat(),
        who,
        why,
        datetime.now(UTC).isoformat(timespec="seconds"),
        None if figures is None else tuple(figures),
    )
    journal.append(home, _JOURNAL, {name: value for name, value in vars(accepted).items() if value is not None})
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


def softened(outcomes: list[Outcome], acceptance: Acceptance | None) -> list[Outcome]:
    """The same outcomes; those that a person accepted only warn."""
    if acceptance is None:
        return outcomes
    names = acceptance.figures
    return [
        replace(outcome, severity="warn") if names is None or outcome.passed or outcome.name in names else outcome
        for outcome in outcomes
    ]

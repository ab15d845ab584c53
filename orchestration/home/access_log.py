"""Logs look-ups: who looked at which data, why and when. It is on disk before anything is shown.

Only ids are logged, never a value.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orchestration.home.home import Home
from sources.base import journal

_JOURNAL = "accesses"


@dataclass(frozen=True)
class Reader:
    """Who looks at personal data, and why."""

    who: str
    why: str


def log_access(home: Home, what: str, subjects: Sequence[str], reader: Reader) -> None:
    """Log a look-up.

    Args:
        home: of the hub.
        what: the command, such as `review show`.
        subjects: ids of the cases, mentions or persons that are shown.
        reader: who looks, and why.
    """
    at = datetime.now(UTC).isoformat(timespec="seconds")
    entry = {"who": reader.who, "why": reader.why, "what": what, "subjects": list(subjects), "at": at}
    journal.append(home.directory, _JOURNAL, entry)


def accesses(home: Home) -> Iterator[dict[str, Any]]:
    """Every look-up, in order."""
    return journal.read(home.directory, _JOURNAL)

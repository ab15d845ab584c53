"""Decides what new files start: always an intake, and the last night again if it was published without them.

`sensors.py` calls this, and Dagster starts the runs.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sources.landing.inbox import Arrival


@dataclass(frozen=True)
class Starts:
    """One intake of these files, by source, then perhaps one night; each key is the same for the same files."""

    files: Mapping[str, Sequence[str]]
    intake_key: str
    night: date | None = None
    night_key: str | None = None


def starts(
    arrivals: Iterable[Arrival], known: Collection[str], closed_day: date, *, is_published: bool
) -> Starts | None:
    """The runs for files whose versions are not known yet; None if there are none.

    A night that is not published yet takes the waiting files itself. Users run nights of earlier days again
    (`fil nightly --date … --until …`). The intake reports files that can't land, and they start no night.
    """
    unknown = (arrival for arrival in arrivals if arrival.version not in known)
    fresh = sorted(unknown, key=lambda arrival: (arrival.source, arrival.file_name))
    if not fresh:
        return None
    files: dict[str, list[str]] = {}
    for arrival in fresh:
        files.setdefault(arrival.source, []).append(arrival.file_name)
    missed = [arrival for arrival in fresh if arrival.can_land and arrival.extract_date <= closed_day]
    intake_key = f"intake/{_key(fresh)}"
    if not (is_published and missed):
        return Starts(files, intake_key)
    return Starts(files, intake_key, closed_day, f"nightly/{closed_day}/{_key(missed)}")


def _key(arrivals: Sequence[Arrival]) -> str:
    return hashlib.sha256(repr([arrival.version for arrival in arrivals]).encode()).hexdigest()[:32]

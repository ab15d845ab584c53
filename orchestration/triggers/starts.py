"""What new deliveries start: an intake always, and the last night once more where it went without them.

This is the decision alone; `sensors.py` says when it is asked for, and Dagster starts what is to start.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sources.landing.inbox import Arrival


@dataclass(frozen=True)
class Starts:
    """One intake of these files, by source, then one night; each key is the same for the same deliveries."""

    files: Mapping[str, Sequence[str]]
    intake_key: str
    night: date | None = None
    night_key: str | None = None


def starts(
    arrivals: Iterable[Arrival], known: Collection[str], closed_day: date, *, is_published: bool
) -> Starts | None:
    """What to start for the deliveries whose versions are not known yet; None when there is none.

    A night that is not published yet takes what waits by itself, and one of earlier days is run again by people
    (`fil nightly --date … --until …`). What can't land is told by the intake, and changes no night.
    """
    fresh = sorted((one for one in arrivals if one.version not in known), key=lambda one: (one.source, one.file_name))
    if not fresh:
        return None
    files: dict[str, list[str]] = {}
    for one in fresh:
        files.setdefault(one.source, []).append(one.file_name)
    missed = [one for one in fresh if one.can_land and one.extract_date <= closed_day]
    intake_key = f"intake/{_key(fresh)}"
    if not (is_published and missed):
        return Starts(files, intake_key)
    return Starts(files, intake_key, closed_day, f"nightly/{closed_day}/{_key(missed)}")


def _key(arrivals: Sequence[Arrival]) -> str:
    return hashlib.sha256(repr([one.version for one in arrivals]).encode()).hexdigest()[:32]

"""What belongs to the history: each night's changes and publication by their sums, in the manifest of the last hub.

Files of one night can be lost, or restored from a backup that is older than the others. So what is read to compute a
past night is compared with this list.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from exports.errors import PublicationError
from exports.publication.staging import DATABASE, business_date_of, database_of
from exports.staged import MANIFEST, StagedDirectory, close_staged
from sources.base.files import copy_privately, fresh_directory

CHANGES = "changes.duckdb"
# The directory of the last night's hub, beside those of the nights' changes.
LATEST = "latest"


class Night(NamedTuple):
    """The sums of a night's changes and of its publication, which may have been taken away."""

    changes: str
    publication: str | None


@dataclass(frozen=True)
class Index:
    """Every night of a history."""

    nights: Mapping[date, Night]

    def require(self, history: Path, days: Sequence[date], hub: Path) -> None:
        """Hold what a past night is computed from against the index.

        Args:
            history: its directory.
            days: of the nights whose changes are read, without a gap.
            hub: that they are taken from: the last one, or the publication of the first of the days.

        Raises:
            PublicationError: a night is lost, or another than the index knows.
        """
        lost = [day for day in self.nights if days[0] <= day <= days[-1] and day not in days]
        others = [day for day in days if _sum_in(history / str(day)) != self._changes(day)]
        if of := [*lost, *others]:
            raise PublicationError(
                f"{history / str(of[0])} is not what the history knows: restore all of {history} from one backup, or "
                f"move it away; then the nights before {of[0]} can't be rebuilt any more"
            )
        if hub.parent.name != LATEST and _sum_in(hub.parent) != self.nights[days[0]].publication:
            raise PublicationError(
                f"{hub} is not what the history knows: remove {hub.parent}; `fil as-of` writes that night"
            )

    def _changes(self, day: date) -> str | None:
        return self.nights[day].changes if day in self.nights else None


def read_index(history: Path) -> Index | None:
    """The index of a history; None where an earlier version of Fil, which had none, was the last to write it.

    Raises:
        PublicationError: it is damaged.
    """
    content = _latest(history)
    if "nights" not in content:
        return None
    try:
        return Index(
            {date.fromisoformat(day): Night(*map(_text_or_none, one)) for day, one in content["nights"].items()}
        )
    except (ValueError, TypeError):
        raise _damaged(history) from None


def tables_of(night: Path) -> Mapping[str, Mapping[str, str]] | None:
    """The tables of a night with their columns and types, from the manifest of its changes; None of an earlier Fil's.

    Raises:
        PublicationError: the manifest is lost or damaged.
    """
    return _content(night).get("tables")


def nearest_hub(history: Path, published: Path, day: date) -> tuple[date, Path]:
    """The date and database of the hub that a night's is computed from: its own publication, or the last hub.

    Raises:
        PublicationError: neither is there.
    """
    kept, latest = database_of(published / str(day)), history / LATEST
    if kept.exists():
        return day, kept
    if latest.exists():
        return _latest_date(history), latest / DATABASE
    # An earlier version of Fil kept no hub here.
    for later in sorted((one for one in dates_in(history) if one > day), reverse=True):
        if (path := database_of(published / str(later))).exists():
            return later, path
    raise PublicationError(
        f"the hub of {day} can't be computed: {latest} is lost, and no later night is in {published}; "
        f"restore {history} from the backup"
    )


def index_problems(history: Path, published: Path) -> list[str]:
    """What differs from the index: changes of nights, and publications."""
    try:
        index = read_index(history)
    except PublicationError as error:
        return [str(error)]
    if index is None:
        return []
    problems = []
    for day in sorted(index.nights):
        for hub in (history / LATEST / DATABASE, database_of(published / str(day))):
            try:
                if hub.exists():
                    index.require(history, [day], hub)
            except PublicationError as error:
                problems.append(str(error))
    return list(dict.fromkeys(problems))


def stage_latest(
    history: Path, published: Path, business_date: date, hub: Path, staged: Iterable[StagedDirectory]
) -> StagedDirectory:
    """Stage the last night's hub, byte for byte, with the index of all nights.

    What was published may be lost, and the past stands on the last hub.

    Args:
        history: its directory.
        published: that of the publications.
        business_date: of the last night.
        hub: its database.
        staged: the changes and publications that are committed with it.
    """
    known = read_index(history)
    nights = (
        dict(known.nights)
        if known
        else {day: Night(_sum_in(history / str(day)) or "", None) for day in dates_in(history)}
    )
    for day in nights.keys() | dates_in(published):
        # What has been taken away stays away: an old copy of it may show who is hidden since.
        if not known or not database_of(published / str(day)).exists():
            nights[day] = Night(nights[day].changes if day in nights else "", _sum_in(published / str(day)))
    for one in staged:
        day = date.fromisoformat(one.final.name)
        night = nights.get(day, Night("", None))
        is_changes = one.final.parent == history
        found = _sum_in(one.staged)
        nights[day] = Night(found or "", night.publication) if is_changes else Night(night.changes, found)
    kept = {str(day): list(night) for day, night in sorted(nights.items()) if night.changes}
    directory = fresh_directory(history / f".staging-{LATEST}")
    copy_privately(hub, directory / DATABASE)
    content = {"business_date": business_date.isoformat(), "nights": kept}
    return close_staged(directory, DATABASE, history / LATEST, content)


def dates_in(directory: Path) -> set[date]:
    """The dates that a directory has nights of."""
    found = (business_date_of(path.name) for path in directory.glob("????-??-??"))
    return {day for day in found if day is not None}


def _latest_date(history: Path) -> date:
    try:
        return date.fromisoformat(_latest(history)["business_date"])
    except (KeyError, TypeError, ValueError):
        raise _damaged(history) from None


def _latest(history: Path) -> Mapping[str, Any]:
    return _content(history / LATEST) if (history / LATEST).exists() else {}


def _damaged(history: Path) -> PublicationError:
    return PublicationError(
        f"{history / LATEST / MANIFEST} is lost or damaged: restore all of {history} from one backup, or remove "
        f"{history / LATEST}"
    )


def _content(directory: Path) -> Mapping[str, Any]:
    try:
        content = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise PublicationError(f"{directory / MANIFEST} is lost or damaged: restore {directory} from the backup")
    return content


def _text_or_none(value: object) -> Any:
    if value is not None and not isinstance(value, str):
        raise TypeError
    return value


def _sum_in(directory: Path) -> str | None:
    """The sha256 of the database in a manifest; None where there is none."""
    try:
        content = _content(directory)
        return content.get("sha256") or (content["database"] or {}).get("sha256")
    except (PublicationError, KeyError, AttributeError):
        return None

"""The index of the history: the sums of each night's changes and publication, in the manifest of the last hub.

Files of one night can be lost, or come from an older backup than the others. So the files that are read to compute a
past night are compared with this index.
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
    """The sums of a night's changes and of its publication, which may have been removed."""

    changes: str
    publication: str | None


@dataclass(frozen=True)
class Index:
    """Every night of a history."""

    nights: Mapping[date, Night]

    def require(self, history: Path, days: Sequence[date], hub: Path) -> None:
        """Compare the files that a past night is computed from with the index.

        Args:
            history: its directory.
            days: of the nights whose changes are read, without a gap.
            hub: the database that the changes are taken from: the last hub, or the publication of the first day.

        Raises:
            PublicationError: a night is missing, or differs from the index.
        """
        lost = [day for day in self.nights if days[0] <= day <= days[-1] and day not in days]
        different = [day for day in days if _sum_in(history / str(day)) != self._changes(day)]
        if damaged := [*lost, *different]:
            raise PublicationError(
                f"{history / str(damaged[0])} is not what the history knows: restore all of {history} from one backup, "
                f"or move it away; then the nights before {damaged[0]} can't be rebuilt any more"
            )
        if hub.parent.name != LATEST and _sum_in(hub.parent) != self.nights[days[0]].publication:
            raise PublicationError(
                f"{hub} is not what the history knows: remove {hub.parent}; `fil as-of` writes that night"
            )

    def _changes(self, day: date) -> str | None:
        return self.nights[day].changes if day in self.nights else None


def read_index(history: Path) -> Index | None:
    """Read the index of a history; None if an earlier version of Fil, without an index, wrote it last.

    Raises:
        PublicationError: the index is damaged.
    """
    content = _latest(history)
    if "nights" not in content:
        return None
    try:
        return Index(
            {date.fromisoformat(day): Night(*map(_text_or_none, sums)) for day, sums in content["nights"].items()}
        )
    except (ValueError, TypeError):
        raise _damaged(history) from None


def tables_of(night: Path) -> Mapping[str, Mapping[str, str]] | None:
    """The tables of a night with their columns and types, from the manifest of its changes.

    None if an earlier version of Fil wrote the manifest.

    Raises:
        PublicationError: the manifest is lost or damaged.
    """
    return _content(night).get("tables")


def nearest_hub(history: Path, published: Path, day: date) -> tuple[date, Path]:
    """The date and database of the hub that a night is computed from: its own publication, or the last hub.

    Raises:
        PublicationError: neither exists.
    """
    kept, latest = database_of(published / str(day)), history / LATEST
    if kept.exists():
        return day, kept
    if latest.exists():
        return _latest_date(history), latest / DATABASE
    # An earlier version of Fil kept no hub here: use the last kept publication.
    for later in sorted((night for night in dates_in(history) if night > day), reverse=True):
        if (path := database_of(published / str(later))).exists():
            return later, path
    raise PublicationError(
        f"the hub of {day} can't be computed: {latest} is lost, and no later night is in {published}; "
        f"restore {history} from the backup"
    )


def index_problems(history: Path, published: Path) -> list[str]:
    """Messages about night changes and publications that differ from the index."""
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
    """Stage a copy of the last night's hub, with the index of all nights.

    Past nights are computed from this copy, because publications may be lost.

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
        # A removed publication stays removed: an old copy may show people who are protected now.
        if not known or not database_of(published / str(day)).exists():
            nights[day] = Night(nights[day].changes if day in nights else "", _sum_in(published / str(day)))
    for directory in staged:
        day = date.fromisoformat(directory.final.name)
        night = nights.get(day, Night("", None))
        is_changes = directory.final.parent == history
        new_sum = _sum_in(directory.staged)
        nights[day] = Night(new_sum or "", night.publication) if is_changes else Night(night.changes, new_sum)
    kept = {str(day): list(night) for day, night in sorted(nights.items()) if night.changes}
    staging = fresh_directory(history / f".staging-{LATEST}")
    copy_privately(hub, staging / DATABASE)
    content = {"business_date": business_date.isoformat(), "nights": kept}
    return close_staged(staging, DATABASE, history / LATEST, content)


def dates_in(directory: Path) -> set[date]:
    """The dates of the nights in a directory."""
    dates = (business_date_of(path.name) for path in directory.glob("????-??-??"))
    return {day for day in dates if day is not None}


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
    """The sha256 of the database, from a directory's manifest; None without manifest or database."""
    try:
        content = _content(directory)
        return content.get("sha256") or (content["database"] or {}).get("sha256")
    except (PublicationError, KeyError, AttributeError):
        return None

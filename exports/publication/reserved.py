"""Hides in what was published before what is reserved since: publications and the history's changes of other nights.

Which rows and columns that are is for `reserved_rows.py`.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from exports.errors import PublicationError
from exports.publication.history_index import CHANGES, LATEST, stage_latest
from exports.publication.hub_sums import tables_in
from exports.publication.night_changes import History
from exports.publication.reserved_rows import copy_hidden, find_reserved, shown_parts
from exports.publication.staging import (
    CURRENT,
    DATABASE,
    StagedPublication,
    add_former_name,
    copy_views,
    create_views,
    database_of,
)
from exports.staged import MANIFEST, StagedDirectory
from sources.base.files import fresh_directory, sha256_of, sync_directory, write_durably

_NEWLY = """
select person_id from work.hub.persons where is_protected
except select person_id from shown.hub.persons where is_protected limit 1
"""


@dataclass(frozen=True)
class Past:
    """What other nights than tonight's show of who is protected by now."""

    history: History

    @property
    def published(self) -> Path:
        """The directory of publications."""
        return self.history.published

    def find(self, connection: duckdb.DuckDBPyConnection) -> bool:
        """Write temp tables of who is meant, and return whether the last night that is published shows any of them."""
        find_reserved(connection)
        return self._is_anybody_new(connection)

    def stage(
        self,
        connection: duckdb.DuckDBPyConnection,
        night: str,
        changes: tuple[StagedDirectory, ...],
        found: bool,
    ) -> tuple[tuple[StagedDirectory, ...], tuple[StagedDirectory, ...]]:
        """Stage other nights' publications, and changes, without what `work.hub` hides and they still show.

        Of a publication that is not the current one only the manifest is kept: to write each of them anew takes
        minutes, and the history has their rows.

        Args:
            connection: with `work` attached.
            night: that is being published.
            changes: what that night has staged of the history; what is returned of the history holds them, too.
            found: what `find` has returned.
        """
        if not found:
            return (), changes
        own = {one.final.name: one for one in changes}
        current = (self.published / CURRENT).resolve().name
        kept = {path.name for path in self.published.glob("????-??-??")} - {night}
        published = [
            self._hidden_publication(connection, self.published / day)
            if day == current > night
            else _manifest_alone(self.published / day)
            for day in sorted(kept)
        ]
        days = sorted({*own, *map(str, self.history.dates())})
        of_history = [self._hidden_changes(connection, self.history.directory / day, own.get(day)) for day in days]
        return tuple(one for one in published if one), tuple(one for one in of_history if one)

    def stage_latest(
        self,
        connection: duckdb.DuckDBPyConnection,
        published: StagedPublication,
        staged: Sequence[StagedDirectory],
        found: bool,
    ) -> StagedDirectory:
        """Stage the history's last hub with its index: tonight's, or that of a later night without what is reserved.

        Args:
            connection: with `work` attached.
            published: what tonight publishes.
            staged: what is committed with it of the history and of other nights' publications.
            found: what `find` has returned.
        """
        directory, night = self.history.directory, published.business_date
        later = [day for day in self.history.dates() if day > night]
        everything = (published, *staged)
        if not later:
            return stage_latest(directory, self.published, night, published.database, everything)
        last = later[-1]
        # Of the last publication there is a hidden copy where it showed anybody; it is lost, or the same, otherwise.
        of_last = [one.staged for one in staged if one.final == self.published / str(last)]
        place = of_last[0] if of_last else directory / LATEST
        scratch = None
        if not of_last and not place.exists():
            place = self.published / str(last)
        elif not of_last and found:
            scratch = self._hidden(connection, place / DATABASE, place, DATABASE)
        try:
            hub = scratch / DATABASE if scratch else database_of(place)
            if not hub.exists():
                raise PublicationError(
                    f"the hub of {last} is lost in {self.published} and in {directory}: "
                    f"run `fil nightly --date {last}` first"
                )
            return stage_latest(directory, self.published, last, hub, everything)
        finally:
            if scratch:
                shutil.rmtree(scratch)

    def _is_anybody_new(self, connection: duckdb.DuckDBPyConnection) -> bool:
        """Whether the last publication shows somebody: every night that protects hides them in all others, too."""
        current = database_of(self.published / CURRENT)
        if not current.exists():
            return bool(self.history.dates())
        self.history.attach(connection, current, "shown", read_only=True)
        try:
            # Who is not in that night may be in earlier ones.
            newly = connection.execute(_NEWLY).fetchall() if "persons" in tables_in(connection, "shown") else []
            return bool(newly) or any(shown_parts(connection))
        finally:
            connection.execute("detach shown")

    def _hidden_changes(
        self, connection: duckdb.DuckDBPyConnection, final: Path, staged: StagedDirectory | None
    ) -> StagedDirectory | None:
        """A night's changes without what is reserved, staged; what was staged already, where it shows nothing."""
        source = staged.staged if staged else final
        directory = self._hidden(connection, source / CHANGES, final, CHANGES)
        if directory is None:
            return staged
        token = _seal(source, directory, CHANGES)
        if staged:
            shutil.rmtree(staged.staged)
        return StagedDirectory(directory, final, token)

    def _hidden_publication(self, connection: duckdb.DuckDBPyConnection, final: Path) -> StagedDirectory | None:
        """A night's publication without what is reserved, staged; None where it shows nothing."""
        directory = self._hidden(connection, database_of(final), final, DATABASE)
        if directory is None:
            return None
        add_former_name(directory)
        return StagedDirectory(directory, final, _seal(final, directory, DATABASE))

    def _hidden(self, connection: duckdb.DuckDBPyConnection, source: Path, final: Path, name: str) -> Path | None:
        """A new directory with the database `name`: `source` without what is reserved; None where it shows nothing."""
        self.history.attach(connection, source, "shown", read_only=True)
        try:
            if not any(shown_parts(connection)):
                return None
            directory = _staging(final)
            self.history.attach(connection, directory / name, "hidden")
            try:
                copy_hidden(connection)
                if name == DATABASE:
                    copy_views(connection, "shown", "hidden")
                    create_views(connection, "hidden")
                connection.execute("checkpoint hidden")
            finally:
                connection.execute("detach hidden")
        finally:
            connection.execute("detach shown")
        (directory / name).chmod(0o600)
        return directory


def protections_of_nobody(connection: duckdb.DuckDBPyConnection) -> int:
    """How many protections name an inscription or document that nobody known has: whom they are for is not hidden."""
    row = connection.execute("select count(*) from work.intermediate.int_protections where mention_id is null")
    (count,) = row.fetchall()[0]
    return int(count)


def _staging(final: Path) -> Path:
    return fresh_directory(final.with_name(f".staging-hidden-{final.name}"))


def _manifest_alone(final: Path) -> StagedDirectory | None:
    """A night's publication without its database, staged; None where it has none any more."""
    if not database_of(final).exists():
        return None
    directory = _staging(final)
    try:
        content = json.loads((final / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        content = {}
    without = json.dumps({**content, "database": None}, indent=2, sort_keys=True) + "\n"
    token = write_durably(directory / MANIFEST, without)
    sync_directory(directory)
    return StagedDirectory(directory, final, token)


def _seal(source: Path, directory: Path, name: str) -> str:
    """Write the manifest of `source` for its new database; return the manifest's sha256."""
    before = (source / MANIFEST).read_text(encoding="utf-8")
    token = write_durably(directory / MANIFEST, _manifest(before, directory / name))
    sync_directory(directory)
    return token


def _manifest(before: str, database: Path) -> str:
    """The manifest as it was, of the new bytes."""
    content = json.loads(before)
    if "sha256" in content:
        return json.dumps(content | {"sha256": sha256_of(database)}) + "\n"
    told = {"name": database.name, "bytes": database.stat().st_size, "sha256": sha256_of(database)}
    return json.dumps(content | {"database": told}, indent=2, sort_keys=True) + "\n"

"""Hides the reserved values of newly protected people in publications and night changes of other nights.

`reserved_rows.py` has the rows and columns to hide.
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
    """The other nights, which may show reserved values of people who are protected now."""

    history: History

    @property
    def published(self) -> Path:
        """The directory of publications."""
        return self.history.published

    def find(self, connection: duckdb.DuckDBPyConnection) -> bool:
        """Write the temp tables of `find_reserved`; return whether the current publication shows reserved values."""
        find_reserved(connection)
        return self._is_anybody_new(connection)

    def stage(
        self,
        connection: duckdb.DuckDBPyConnection,
        night: str,
        changes: tuple[StagedDirectory, ...],
        must_hide: bool,
    ) -> tuple[tuple[StagedDirectory, ...], tuple[StagedDirectory, ...]]:
        """Stage other nights' publications and changes without the reserved values that `work.hub` hides.

        If a publication is not the current one, only its manifest is kept: writing each of them takes minutes, and the
        history has their rows.

        Args:
            connection: with `work` attached.
            night: business date of the night that is being published.
            changes: the night changes that this night has staged.
            must_hide: the result of `find`.

        Returns:
            The staged publications, and the staged night changes, `changes` included.
        """
        if not must_hide:
            return (), changes
        staged_changes = {directory.final.name: directory for directory in changes}
        current = (self.published / CURRENT).resolve().name
        kept = {path.name for path in self.published.glob("????-??-??")} - {night}
        published = [
            self._hidden_publication(connection, self.published / day)
            if day == current > night
            else _manifest_alone(self.published / day)
            for day in sorted(kept)
        ]
        days = sorted({*staged_changes, *map(str, self.history.dates())})
        hidden_changes = [
            self._hidden_changes(connection, self.history.directory / day, staged_changes.get(day)) for day in days
        ]
        return tuple(filter(None, published)), tuple(filter(None, hidden_changes))

    def stage_latest(
        self,
        connection: duckdb.DuckDBPyConnection,
        published: StagedPublication,
        staged: Sequence[StagedDirectory],
        must_hide: bool,
    ) -> StagedDirectory:
        """Stage the history's last hub with its index: tonight's hub, or a later night's without reserved values.

        Args:
            connection: with `work` attached.
            published: tonight's staged publication.
            staged: the night changes and other publications that are made public with it.
            must_hide: the result of `find`.

        Raises:
            PublicationError: the hub of the last night is lost.
        """
        directory, night = self.history.directory, published.business_date
        later = [day for day in self.history.dates() if day > night]
        everything = (published, *staged)
        if not later:
            return stage_latest(directory, self.published, night, published.database, everything)
        last = later[-1]
        # If the last publication showed reserved values, a copy without them is staged; use this copy.
        last_staged = [one.staged for one in staged if one.final == self.published / str(last)]
        source = last_staged[0] if last_staged else directory / LATEST
        scratch = None
        if not last_staged and not source.exists():
            source = self.published / str(last)
        elif not last_staged and must_hide:
            scratch = self._hidden(connection, source / DATABASE, source, DATABASE)
        try:
            hub = scratch / DATABASE if scratch else database_of(source)
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
        """Whether the current publication shows reserved values; if not, no other does: all are hidden together."""
        current = database_of(self.published / CURRENT)
        if not current.exists():
            return bool(self.history.dates())
        self.history.attach(connection, current, "shown", read_only=True)
        try:
            # A person who is not in the current night may be in earlier ones.
            newly = connection.execute(_NEWLY).fetchall() if "persons" in tables_in(connection, "shown") else []
            return bool(newly) or any(shown_parts(connection))
        finally:
            connection.execute("detach shown")

    def _hidden_changes(
        self, connection: duckdb.DuckDBPyConnection, final: Path, staged: StagedDirectory | None
    ) -> StagedDirectory | None:
        """Stage a night's changes without reserved values; if they show none, return `staged` unchanged."""
        source = staged.staged if staged else final
        directory = self._hidden(connection, source / CHANGES, final, CHANGES)
        if directory is None:
            return staged
        token = _seal(source, directory, CHANGES)
        if staged:
            shutil.rmtree(staged.staged)
        return StagedDirectory(directory, final, token)

    def _hidden_publication(self, connection: duckdb.DuckDBPyConnection, final: Path) -> StagedDirectory | None:
        """Stage a night's publication without reserved values; None if it shows none."""
        directory = self._hidden(connection, database_of(final), final, DATABASE)
        if directory is None:
            return None
        add_former_name(directory)
        return StagedDirectory(directory, final, _seal(final, directory, DATABASE))

    def _hidden(self, connection: duckdb.DuckDBPyConnection, source: Path, final: Path, name: str) -> Path | None:
        """Write `source` without reserved values as database `name` to a new directory; None if it shows none."""
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
    """The number of protections whose inscription or document fits no known person, so that nobody is hidden."""
    row = connection.execute("select count(*) from work.intermediate.int_protections where mention_id is null")
    (count,) = row.fetchall()[0]
    return int(count)


def _staging(final: Path) -> Path:
    return fresh_directory(final.with_name(f".staging-hidden-{final.name}"))


def _manifest_alone(final: Path) -> StagedDirectory | None:
    """Stage a night's publication with its manifest but without its database; None if the database is gone."""
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
    """Write the manifest of `source` with the sum of its new database; return the manifest's sha256."""
    before = (source / MANIFEST).read_text(encoding="utf-8")
    token = write_durably(directory / MANIFEST, _manifest(before, directory / name))
    sync_directory(directory)
    return token


def _manifest(before: str, database: Path) -> str:
    """The earlier manifest with the size and sum of the new database."""
    content = json.loads(before)
    if "sha256" in content:
        return json.dumps(content | {"sha256": sha256_of(database)}) + "\n"
    entry = {"name": database.name, "bytes": database.stat().st_size, "sha256": sha256_of(database)}
    return json.dumps(content | {"database": entry}, indent=2, sort_keys=True) + "\n"

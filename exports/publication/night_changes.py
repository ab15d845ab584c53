"""What each night changed in the hub, row by row: the base of any past night is had without keeping nights whole.

A night's changes are staged here and committed with its publication by `seal.py`. Beside them stands the last night's
hub, whole. That hub without the changes since a date is what was published for that date, also when an earlier date is
run again.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import duckdb

from exports.delivery.manifest import MANIFEST
from exports.errors import PublicationError
from exports.publication.hub_sums import CHANGE_COUNT, Term, columns_of, tables_in, write_changes, write_rows_of
from exports.publication.staging import DATABASE, business_date_of, create_views, database_of
from exports.staged import StagedDirectory
from sources.base.files import (
    alone_in,
    copy_privately,
    fresh_directory,
    private_directory,
    sha256_of,
    sync_directory,
    write_durably,
)
from sources.base.sql import identifier

CHANGES = "changes.duckdb"
# The directory of the last night's hub, beside those of the nights' changes.
LATEST = "latest"
_RESTORED = ".restored.duckdb"


class Attach(Protocol):
    """Attaches a database file under an alias, with the site's key where it has one."""

    def __call__(
        self, connection: duckdb.DuckDBPyConnection, path: Path, alias: str, *, read_only: bool = False
    ) -> None:
        """Attach it."""


@dataclass(frozen=True)
class History:
    """Where the changes are kept, where publications are, and how a database of either is opened."""

    directory: Path
    published: Path
    attach: Attach

    def dates(self) -> list[date]:
        """The business dates that have changes, oldest first."""
        found = (business_date_of(path.name) for path in self.directory.glob("????-??-??"))
        return sorted(day for day in found if day is not None)

    def stage(
        self, connection: duckdb.DuckDBPyConnection, business_date: date, publication: Path
    ) -> tuple[StagedDirectory, ...]:
        """Write what `work.hub` changes against the night before it, and what the night after it changes against that.

        `publication` is the database that the hub was copied into: the last night's is kept whole.

        Raises:
            PublicationError: changes of a night are damaged.
        """
        private_directory(self.directory)
        days, work = self.dates(), Term("work", 1)
        earlier, later = [day for day in days if day < business_date], [day for day in days if day > business_date]
        if earlier:
            with self._as_sum(connection, earlier[-1], "before") as before:
                staged = [self._stage(connection, business_date, [work, *(one.negative for one in before)])]
        else:
            staged = [self._stage_first(connection, business_date)]
        if later:
            with self._as_sum(connection, later[0], "after") as after:
                staged.append(self._stage(connection, later[0], [*after, work.negative]))
        else:
            staged.append(self._stage_latest(business_date, publication))
        return tuple(staged)

    def restore(self, connection: duckdb.DuckDBPyConnection, business_date: date, output: Path) -> dict[str, int]:
        """Write the hub as that night published it to a database file, and return each table's rows.

        Raises:
            PublicationError: that night has no changes, or some are damaged.
        """
        days = self.dates()
        if business_date not in days:
            span = f"has nights from {days[0]} to {days[-1]}" if days else "has no night yet"
            raise PublicationError(f"{business_date} is not a night whose changes are kept: {self.directory} {span}")
        # One name, so that what a killed one left is written over; one at a time, so that nobody writes over another's.
        fresh = output.with_name(f".{output.name}.new")
        with alone_in(self.directory):
            rows = self._write(connection, business_date, fresh, "restored")
            create_views(connection, "restored")
            connection.execute("detach restored")
            fresh.replace(output)
        return rows

    def changes_before(
        self, connection: duckdb.DuckDBPyConnection, business_date: date, table: str
    ) -> Iterator[tuple[date, str]]:
        """Each night before a date that has a table, oldest first, with the relation of its changes of that table.

        All rows of the first night have come.

        Raises:
            PublicationError: changes of a night are damaged.
        """
        for number, day in enumerate(one for one in self.dates() if one < business_date):
            with ExitStack() as opened:
                self._open(opened, connection, day, "one_night")
                if not _columns_then(connection, "one_night", table):
                    continue
                if number:
                    yield day, Term("one_night", 1).of(table)
                    continue
                terms = opened.enter_context(self._as_sum(connection, day, "first"))
                write_changes(connection, table, terms, "temp table first_night")
                opened.callback(connection.execute, "drop table first_night")
                yield day, "first_night"

    def nights_back(
        self, connection: duckdb.DuckDBPyConnection, business_date: date, tables: Sequence[str]
    ) -> Iterator[tuple[date, str]]:
        """The hub of each night up to a date, the last one first, attached by the name that is given meanwhile.

        Args:
            connection: with nothing of the history attached.
            business_date: of the last night that is looked at.
            tables: that are read. Of a night that is not kept whole no others are there.

        Raises:
            PublicationError: changes of a night are damaged.
        """
        for day in reversed([day for day in self.dates() if day <= business_date]):
            with self.as_published(connection, day, "night_back", tables):
                yield day, "night_back"

    @contextmanager
    def as_published(
        self, connection: duckdb.DuckDBPyConnection, day: date, alias: str, tables: Sequence[str]
    ) -> Iterator[None]:
        """Attach the hub of a night that has changes: its publication where that is kept, else some of its tables.

        Raises:
            PublicationError: changes of a night are damaged.
        """
        kept, restored = database_of(self.published / day.isoformat()), self.directory / _RESTORED
        with ExitStack() as opened:
            if kept.exists():
                self.attach(connection, kept, alias, read_only=True)
            else:
                opened.callback(restored.unlink, missing_ok=True)
                self._write(connection, day, restored, alias, tables)
            opened.callback(connection.execute, f"detach {alias}")
            yield

    def _stage(
        self, connection: duckdb.DuckDBPyConnection, business_date: date, terms: Sequence[Term]
    ) -> StagedDirectory:
        with self._staging(connection, business_date) as staged:
            for name in dict.fromkeys(table for term in terms for table in tables_in(connection, term.alias)):
                write_changes(connection, name, terms, f"table changes.hub.{identifier(name)}")
        return self._close(staged, CHANGES, {}, business_date.isoformat())

    def _stage_first(self, connection: duckdb.DuckDBPyConnection, business_date: date) -> StagedDirectory:
        """The first night changes nothing; its tables' columns are kept."""
        with self._staging(connection, business_date) as staged:
            for name in map(identifier, tables_in(connection, "work")):
                empty = f"select *, 0::integer as {CHANGE_COUNT} from work.hub.{name} limit 0"
                connection.execute(f"create table changes.hub.{name} as {empty}")
        return self._close(staged, CHANGES, {}, business_date.isoformat())

    def _stage_latest(self, business_date: date, publication: Path) -> StagedDirectory:
        """The hub of the last night, byte for byte: what was published may be lost, and the past stands on it."""
        staged = fresh_directory(self.directory / f".staging-{LATEST}")
        copy_privately(publication, staged / DATABASE)
        return self._close(staged, DATABASE, {"business_date": business_date.isoformat()}, LATEST)

    @contextmanager
    def _staging(self, connection: duckdb.DuckDBPyConnection, business_date: date) -> Iterator[Path]:
        """A new directory, whose database is attached as `changes` meanwhile."""
        staged = fresh_directory(self.directory / f".staging-{business_date}")
        self.attach(connection, staged / CHANGES, "changes")
        try:
            connection.execute("create schema changes.hub")
            yield staged
            connection.execute("checkpoint changes")
        finally:
            connection.execute("detach changes")
        (staged / CHANGES).chmod(0o600)

    def _close(self, staged: Path, name: str, content: Mapping[str, str], final: str) -> StagedDirectory:
        text = json.dumps({**content, "sha256": sha256_of(staged / name)}) + "\n"
        token = write_durably(staged / MANIFEST, text)
        sync_directory(staged)
        return StagedDirectory(staged, self.directory / final, token)

    @contextmanager
    def _as_sum(self, connection: duckdb.DuckDBPyConnection, day: date, alias: str) -> Iterator[list[Term]]:
        """The hub of a night that has changes as a sum, attached meanwhile under names that begin with `alias`.

        It is that night's publication where that is kept, else the last hub without the changes since.
        """
        with ExitStack() as opened:
            last, path = self._nearest(day)
            self._attached(opened, connection, path, f"{alias}_hub")
            terms = [Term(f"{alias}_hub", 1)]
            for number, later in enumerate(one for one in self.dates() if day < one <= last):
                self._open(opened, connection, later, f"{alias}_{number}")
                terms.append(Term(f"{alias}_{number}", -1))
            yield terms

    def _nearest(self, day: date) -> tuple[date, Path]:
        """The hub that a night's is computed from, and its date."""
        kept = database_of(self.published / day.isoformat())
        if kept.exists():
            return day, kept
        latest = self.directory / LATEST
        if latest.exists():
            return _date_in(latest / MANIFEST), latest / DATABASE
        # An earlier version of Fil kept no hub here.
        later = (one for one in reversed(self.dates()) if one > day)
        for one in later:
            if (path := database_of(self.published / one.isoformat())).exists():
                return one, path
        raise PublicationError(
            f"the hub of {day} can't be computed: {latest} is lost, and no later night is in {self.published}; restore "
            f"{latest} from the backup"
        )

    def _write(
        self,
        connection: duckdb.DuckDBPyConnection,
        day: date,
        output: Path,
        alias: str,
        tables: Sequence[str] | None = None,
    ) -> dict[str, int]:
        """Write a night's hub, or some tables of it, to a new database, which stays attached; return their rows."""
        output.unlink(missing_ok=True)
        self.attach(connection, output, alias)
        output.chmod(0o600)
        connection.execute(f"create schema {alias}.hub")
        rows = {}
        with ExitStack() as opened:
            terms = opened.enter_context(self._as_sum(connection, day, f"{alias}_of"))
            self._open(opened, connection, day, f"{alias}_then")
            for name in tables_in(connection, f"{alias}_then"):
                columns = _columns_then(connection, f"{alias}_then", name)
                if columns and (tables is None or name in tables):
                    rows[name] = write_rows_of(connection, name, terms, columns, f"{alias}.hub.{identifier(name)}")
        connection.execute(f"checkpoint {alias}")
        return rows

    def _open(self, opened: ExitStack, connection: duckdb.DuckDBPyConnection, day: date, alias: str) -> None:
        """Attach a night's changes until `opened` closes."""
        self._attached(opened, connection, self.directory / day.isoformat() / CHANGES, alias)

    def _attached(self, opened: ExitStack, connection: duckdb.DuckDBPyConnection, path: Path, alias: str) -> None:
        try:
            self.attach(connection, path, alias, read_only=True)
        except duckdb.Error as error:
            raise PublicationError(
                f"{path} can't be read ({type(error).__name__}): restore it from the backup of {self.directory}"
            ) from None
        opened.callback(connection.execute, f"detach {alias}")


def has_table(connection: duckdb.DuckDBPyConnection, alias: str, name: str) -> bool:
    """Whether an attached hub has a table."""
    return name in tables_in(connection, alias)


def _columns_then(connection: duckdb.DuckDBPyConnection, alias: str, table: str) -> list[str]:
    """The columns that a table had in the night of some changes: behind the count stand those of the night before.

    An earlier version of Fil wrote the first night without a count.
    """
    columns = columns_of(connection, Term(alias, 1).of(table))
    return columns[: columns.index(CHANGE_COUNT)] if CHANGE_COUNT in columns else columns


def _date_in(manifest: Path) -> date:
    """The business date of the last night's hub.

    Raises:
        PublicationError: its manifest is lost or damaged.
    """
    try:
        return date.fromisoformat(json.loads(manifest.read_text(encoding="utf-8"))["business_date"])
    except (OSError, ValueError, KeyError, TypeError):
        raise PublicationError(
            f"{manifest} is lost or damaged: restore {manifest.parent} from the backup, or remove it"
        ) from None

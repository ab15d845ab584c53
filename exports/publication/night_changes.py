"""Night changes: which rows of the hub each night added or removed, so that any past night can be computed.

This module stages a night's changes; `seal.py` makes them public with the publication. The history also has the whole
hub of the last night. This hub minus the changes since a date is what was published for that date, also if an earlier
date is run again. `history_index.py` lists the files that belong together.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import duckdb

from exports.errors import PublicationError
from exports.publication.history_index import CHANGES, Index, dates_in, nearest_hub, read_index, tables_of
from exports.publication.hub_sums import (
    CHANGE_COUNT,
    Columns,
    Term,
    add_up,
    columns_of,
    require_usable_names,
    tables_in,
    write_changes,
    write_table,
)
from exports.publication.staging import copy_descriptions, copy_views, create_views, database_of
from exports.staged import StagedDirectory, close_staged
from sources.base.files import fresh_directory, locked_directory, private_directory
from sources.base.sql import identifier

_RESTORED = ".restored.duckdb"
# All rows of the first night's ledger are kept: they show since when a delivery carries an id. All members of its
# segments are kept, too: later results name their messages.
LEDGER, MEMBERS = "deliveries", "segment_members"
_OF_FIRST_NIGHT = (LEDGER, MEMBERS)
# The alias of a night whose changes are read alone.
ONE_NIGHT = "one_night"
# A night that is being published swaps its directories within seconds.
_TRIES, _SECONDS_BETWEEN = 20, 0.25


class Attach(Protocol):
    """Attaches a database file under an alias, with the site's key if there is one."""

    def __call__(
        self, connection: duckdb.DuckDBPyConnection, path: Path, alias: str, *, read_only: bool = False
    ) -> None:
        """Attach it."""


@dataclass(frozen=True)
class History:
    """The directories of the night changes and of the publications, and the function that opens their databases."""

    directory: Path
    published: Path
    attach: Attach

    def dates(self) -> list[date]:
        """The business dates that have changes, oldest first."""
        return sorted(dates_in(self.directory))

    def stage(self, connection: duckdb.DuckDBPyConnection, business_date: date) -> tuple[StagedDirectory, ...]:
        """Stage the changes from the night before to `work.hub`, and from `work.hub` to the night after.

        Raises:
            PublicationError: changes of a night are lost or damaged.
        """
        private_directory(self.directory)
        require_usable_names(connection, "work")
        days, work = self.dates(), Term("work", 1)
        earlier, later = [day for day in days if day < business_date], [day for day in days if day > business_date]
        tables = {name: columns_of(connection, "work", name) for name in tables_in(connection, "work")}
        if earlier:
            with self._as_sum(connection, earlier[-1], "before") as before:
                terms = [work, *(term.negative for term in before)]
                staged = [self._stage(connection, business_date, terms, tables)]
        else:
            staged = [self._stage_first(connection, business_date, tables)]
        if later:
            with self._as_sum(connection, later[0], "after") as after:
                then = self._tables_then(connection, later[0])
                staged.append(self._stage(connection, later[0], [*after, work.negative], then))
        return tuple(staged)

    def restore(self, connection: duckdb.DuckDBPyConnection, business_date: date, output: Path) -> dict[str, int]:
        """Write the hub as that night published it to a database file, and return each table's rows.

        Raises:
            PublicationError: that night has no changes, or some are lost or damaged.
        """
        days = self.dates()
        if business_date not in days:
            span = f"has nights from {days[0]} to {days[-1]}" if days else "has no night yet"
            raise PublicationError(f"{business_date} is not a night whose changes are kept: {self.directory} {span}")
        # A fixed name, so that the file of a killed process is replaced; the lock lets only one process write it.
        fresh = output.with_name(f".{output.name}.new")
        with locked_directory(self.directory):
            try:
                rows = self._write(connection, business_date, fresh, "restored")
                create_views(connection, "restored")
                connection.execute("detach restored")
                fresh.replace(output)
            finally:
                connection.execute("detach database if exists restored")
                fresh.unlink(missing_ok=True)
        return rows

    def changes_before(
        self, connection: duckdb.DuckDBPyConnection, business_date: date, table: str = LEDGER
    ) -> Iterator[tuple[date, str]]:
        """Each night before a date with the table, oldest first, with the relation of the table's changes.

        In the first night, all rows of the ledger and of the members of segments are added.

        Raises:
            PublicationError: changes of a night are lost or damaged.
        """
        for day in (night for night in self.dates() if night < business_date):
            with ExitStack() as opened:
                self._open(opened, connection, day, ONE_NIGHT)
                columns = columns_of(connection, ONE_NIGHT, table)
                relation = f"{ONE_NIGHT}.hub.{table}"
                if CHANGE_COUNT in columns:
                    yield day, relation
                elif columns:
                    # The first night, by an earlier version of Fil.
                    yield day, f"(select *, 1::integer as {CHANGE_COUNT} from {relation})"

    def nights_back(
        self, connection: duckdb.DuckDBPyConnection, business_date: date, tables: Sequence[str]
    ) -> Iterator[tuple[date, str]]:
        """The hub of each night up to a date, the last one first, attached under the alias that is given.

        Args:
            connection: with nothing of the history attached.
            business_date: of the last night to read.
            tables: to read. A night without kept publication has only these tables.

        Raises:
            PublicationError: changes of a night are lost or damaged.
        """
        for day in reversed([day for day in self.dates() if day <= business_date]):
            with self.as_published(connection, day, "night_back", tables):
                yield day, "night_back"

    def nights(self) -> set[date]:
        """The nights whose hub is available: their publication or their changes are kept."""
        published = dates_in(self.published)
        return {*self.dates(), *(day for day in published if database_of(self.published / str(day)).exists())}

    @contextmanager
    def as_published(
        self, connection: duckdb.DuckDBPyConnection, day: date, alias: str, tables: Sequence[str]
    ) -> Iterator[None]:
        """Attach the hub of a night: its publication if it is kept, else a computed hub with only `tables`.

        Args:
            connection: with nothing of the history attached.
            day: business date of the night.
            alias: of the attached database.
            tables: to compute if the publication is not kept.

        Raises:
            PublicationError: changes of a night are lost or damaged.
        """
        kept, restored = database_of(self.published / day.isoformat()), self.directory / _RESTORED
        with ExitStack() as opened:
            if kept.exists():
                self._attached(opened, connection, kept, alias)
            else:
                opened.callback(restored.unlink, missing_ok=True)
                opened.callback(connection.execute, f"detach database if exists {alias}")
                self._write(connection, day, restored, alias, tables)
            yield

    def _stage(
        self, connection: duckdb.DuckDBPyConnection, day: date, terms: Sequence[Term], tables: Mapping[str, Columns]
    ) -> StagedDirectory:
        """Stage the changes to a night from the night before; `tables` has its tables with their columns."""
        with self._staging(connection, day) as staged:
            for name in sorted({*tables, *(table for term in terms for table in tables_in(connection, term.alias))}):
                write_changes(connection, name, terms, tables.get(name, {}))
        return close_staged(staged, CHANGES, self.directory / str(day), {"tables": tables})

    def _stage_first(
        self, connection: duckdb.DuckDBPyConnection, day: date, tables: Mapping[str, Columns]
    ) -> StagedDirectory:
        """Stage the tables of `_OF_FIRST_NIGHT`, with all rows as added; the other tables are not needed."""
        with self._staging(connection, day) as staged:
            for name in _OF_FIRST_NIGHT:
                if name in tables:
                    write_changes(connection, name, [Term("work", 1)], tables[name])
        return close_staged(staged, CHANGES, self.directory / str(day), {"tables": tables})

    @contextmanager
    def _staging(self, connection: duckdb.DuckDBPyConnection, day: date) -> Iterator[Path]:
        """A new directory, with a database that is attached as `changes`."""
        staged = fresh_directory(self.directory / f".staging-{day}")
        self.attach(connection, staged / CHANGES, "changes")
        try:
            connection.execute("create schema changes.hub")
            yield staged
            connection.execute("checkpoint changes")
        finally:
            connection.execute("detach changes")
        (staged / CHANGES).chmod(0o600)

    @contextmanager
    def _as_sum(self, connection: duckdb.DuckDBPyConnection, day: date, alias: str) -> Iterator[list[Term]]:
        """The hub of a night as a sum of two databases, attached under names that begin with `alias`.

        Raises:
            PublicationError: the files do not belong together, or are being replaced for too long.
        """
        with ExitStack() as opened:
            for _ in range(_TRIES):
                index = read_index(self.directory)
                try:
                    terms = self._opened_sum(opened, connection, day, alias, index)
                    break
                except PublicationError:
                    # A night that is being published replaces the index last.
                    opened.close()
                    time.sleep(_SECONDS_BETWEEN)
                    if read_index(self.directory) == index:
                        raise
            else:
                raise PublicationError(f"{self.directory} is being replaced all the time: try again")
            yield terms

    def _opened_sum(
        self, opened: ExitStack, connection: duckdb.DuckDBPyConnection, day: date, alias: str, index: Index | None
    ) -> list[Term]:
        last, path = nearest_hub(self.directory, self.published, day)
        whole, since = f"{alias}_hub", f"{alias}_since"
        self._attached(opened, connection, path, whole)
        connection.execute(f"attach ':memory:' as {since}; create schema {since}.hub")
        opened.callback(connection.execute, f"detach {since}")
        days = [night for night in self.dates() if day < night <= last]
        for later in days:
            with ExitStack() as one_night:
                self._open(one_night, connection, later, f"{alias}_night")
                add_up(connection, f"{alias}_night", since)
        if index:
            index.require(self.directory, [day, *days], path)
        if read_index(self.directory) != index:
            raise PublicationError(f"{self.directory} was replaced while it was read: try again")
        return [Term(whole, 1), Term(since, -1)]

    def _tables_then(self, connection: duckdb.DuckDBPyConnection, day: date) -> Mapping[str, Columns]:
        """The tables of a night with changes, with their columns and types.

        An earlier version of Fil did not write them into the manifest. In its files, the columns after the count are
        those of the night before, and the first night has no count.
        """
        if (tables := tables_of(self.directory / day.isoformat())) is not None:
            return tables
        with ExitStack() as opened:
            self._open(opened, connection, day, "of_then")
            tables = {name: columns_of(connection, "of_then", name) for name in tables_in(connection, "of_then")}
        own_tables = {}
        for name, columns in tables.items():
            names = list(columns)
            own = names[: names.index(CHANGE_COUNT)] if CHANGE_COUNT in columns else names
            own_tables[name] = {column: columns[column] for column in own}
        return {name: columns for name, columns in own_tables.items() if columns}

    def _write(
        self,
        connection: duckdb.DuckDBPyConnection,
        day: date,
        output: Path,
        alias: str,
        wanted: Sequence[str] | None = None,
    ) -> dict[str, int]:
        """Write a night's hub, or some of its tables, to a new database; return each table's number of rows.

        Args:
            connection: with nothing of the history attached.
            day: business date of the night.
            output: the database file.
            alias: of the new database, which stays attached.
            wanted: names of the tables; None for all.
        """
        for path in (output, output.with_name(f"{output.name}.wal")):
            path.unlink(missing_ok=True)
        self.attach(connection, output, alias)
        output.chmod(0o600)
        connection.execute(f"create schema {alias}.hub")
        rows = {}
        with self._as_sum(connection, day, f"{alias}_of") as terms:
            for name, columns in self._tables_then(connection, day).items():
                if wanted is None or name in wanted:
                    rows[name] = write_table(connection, name, terms, columns, f"{alias}.hub.{identifier(name)}")
                    copy_descriptions(connection, name, terms[0].alias, alias, columns)
            if wanted is None:
                copy_views(connection, terms[0].alias, alias, is_past=True)
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
                f"{path} can't be read ({type(error).__name__}): restore {path.parent} from the backup"
            ) from None
        opened.callback(connection.execute, f"detach {alias}")

"""What each night changed in the hub, row by row: the base of any past night is had without keeping nights whole.

A night's changes are staged here and committed with its publication by `seal.py`. The changes up to a date add up to
what was published for it, also when an earlier date is run again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import duckdb

from exports.delivery.manifest import MANIFEST
from exports.errors import PublicationError
from exports.publication.staging import business_date_of, create_views, database_of
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
_RESTORED = ".restored.duckdb"
_COUNT = "change_count"


class Attach(Protocol):
    """Attaches a database file under an alias, with the site's key where it has one."""

    def __call__(
        self, connection: duckdb.DuckDBPyConnection, path: Path, alias: str, *, read_only: bool = False
    ) -> None:
        """Attach it."""


@dataclass(frozen=True)
class StagedChanges:
    """A night's changes that are written and that nobody counts yet; `token` is the sha256 of their manifest."""

    staged: Path
    final: Path
    token: str


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
    ) -> tuple[StagedChanges, ...]:
        """Write what `work.hub` changes against the night before it, and what the night after it changes against that.

        `publication` is the database that the hub was copied into. The changes of the first night are a copy of it.

        Raises:
            PublicationError: changes of a night are damaged.
        """
        private_directory(self.directory)
        days = self.dates()
        earlier, later = [day for day in days if day < business_date], [day for day in days if day > business_date]
        with self._as_published(connection, earlier, "history_before") as before:
            staged = [
                self._stage(connection, business_date, before, "work")
                if before
                else self._stage_first(business_date, publication)
            ]
        if later:
            known = [day for day in days if day <= later[0]]
            with self._as_published(connection, known, "history_after") as after:
                staged.append(self._stage(connection, later[0], "work", str(after)))
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
            rows = self._sum(connection, [day for day in days if day <= business_date], fresh, "restored")
            create_views(connection, "restored")
            connection.execute("detach restored")
            fresh.replace(output)
        return rows

    def changes_before(
        self, connection: duckdb.DuckDBPyConnection, business_date: date, table: str
    ) -> Iterator[tuple[date, str]]:
        """Each night before a date that tells of a table, oldest first, with the relation of its changes of that table.

        Raises:
            PublicationError: changes of a night are damaged.
        """
        for day in self.dates():
            if day >= business_date:
                return
            self._open(connection, day, "one_night")
            try:
                if table in _tables(connection, "one_night"):
                    yield day, _changes_of(connection, "one_night", table)
            finally:
                connection.execute("detach one_night")

    def nights_back(self, connection: duckdb.DuckDBPyConnection, business_date: date) -> Iterator[tuple[date, str]]:
        """The hub of each night up to a date, the last one first, attached by the name that is given meanwhile.

        Raises:
            PublicationError: changes of a night are damaged.
        """
        days = [day for day in self.dates() if day <= business_date]
        for count in range(len(days), 0, -1):
            with self._as_published(connection, days[:count], "night_back") as alias:
                yield days[count - 1], str(alias)

    def _stage_first(self, business_date: date, publication: Path) -> StagedChanges:
        """A copy of the publication, byte for byte, as writing the whole hub once more takes minutes."""
        staged = fresh_directory(self.directory / f".staging-{business_date}")
        copy_privately(publication, staged / CHANGES)
        return self._close(staged, business_date)

    def _stage(
        self, connection: duckdb.DuckDBPyConnection, business_date: date, before: str, after: str
    ) -> StagedChanges:
        staged = fresh_directory(self.directory / f".staging-{business_date}")
        self.attach(connection, staged / CHANGES, "changes")
        try:
            connection.execute("create schema changes.hub")
            known = _tables(connection, before)
            for name in _tables(connection, after):
                _write_changes(connection, name, before if name in known else None, after)
            connection.execute("checkpoint changes")
        finally:
            connection.execute("detach changes")
        (staged / CHANGES).chmod(0o600)
        return self._close(staged, business_date)

    def _close(self, staged: Path, business_date: date) -> StagedChanges:
        token = write_durably(staged / MANIFEST, f'{{"sha256": "{sha256_of(staged / CHANGES)}"}}\n')
        sync_directory(staged)
        return StagedChanges(staged, self.directory / business_date.isoformat(), token)

    @contextmanager
    def _as_published(
        self, connection: duckdb.DuckDBPyConnection, days: Sequence[date], alias: str
    ) -> Iterator[str | None]:
        """The hub as of the last of some days: its publication where that is still kept, else its changes summed up."""
        if not days:
            yield None
            return
        kept, restored = database_of(self.published / days[-1].isoformat()), self.directory / _RESTORED
        if kept.exists():
            self.attach(connection, kept, alias, read_only=True)
        else:
            self._sum(connection, days, restored, alias)
        try:
            yield alias
        finally:
            connection.execute(f"detach {alias}")
            restored.unlink(missing_ok=True)

    def _sum(
        self, connection: duckdb.DuckDBPyConnection, days: Sequence[date], output: Path, alias: str
    ) -> dict[str, int]:
        """Write the changes of some days, summed up, to a new database, which stays attached."""
        output.unlink(missing_ok=True)
        self.attach(connection, output, alias)
        output.chmod(0o600)
        connection.execute(f"create schema {alias}.hub")
        opened = [f"night_{number}" for number in range(len(days))]
        try:
            for name, day in zip(opened, days, strict=True):
                self._open(connection, day, name)
            rows = {name: _sum_table(connection, name, opened, alias) for name in _tables(connection, opened[-1])}
        finally:
            for name in opened:
                connection.execute(f"detach database if exists {name}")
        connection.execute(f"checkpoint {alias}")
        return rows

    def _open(self, connection: duckdb.DuckDBPyConnection, day: date, alias: str) -> None:
        path = self.directory / day.isoformat() / CHANGES
        try:
            self.attach(connection, path, alias, read_only=True)
        except duckdb.Error as error:
            raise PublicationError(
                f"{path} can't be read ({type(error).__name__}): restore it from the backup of {self.directory}"
            ) from None


def has_table(connection: duckdb.DuckDBPyConnection, alias: str, name: str) -> bool:
    """Whether an attached hub has a table."""
    return name in _tables(connection, alias)


def _tables(connection: duckdb.DuckDBPyConnection, alias: str) -> list[str]:
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = $1 and schema_name = 'hub' order by 1", [alias]
    ).fetchall()
    return [str(row[0]) for row in rows]


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    return [identifier(str(row[0])) for row in connection.execute(f"describe {relation}").fetchall()]


def _changes_of(connection: duckdb.DuckDBPyConnection, night: str, table: str) -> str:
    """The changes of a table in a night's attached database. Each row of a first night counts as added once."""
    relation = f"{night}.hub.{identifier(table)}"
    if identifier(_COUNT) in _columns(connection, relation):
        return relation
    return f"(select *, 1::integer as {_COUNT} from {relation})"


def _hashed(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    """The rows of a table by number, with two hashes, from left to right and from right to left: together 128 bits."""
    columns = _columns(connection, relation)
    ways = f"hash({', '.join(columns)}) as hash_1, hash({', '.join(reversed(columns))}, 0) as hash_2"
    return f"select rowid as row_number, {ways} from {relation}"


def _write_changes(connection: duckdb.DuckDBPyConnection, name: str, before: str | None, after: str) -> None:
    """Write the rows of a table that came (`change_count` above zero) or went (below) to `changes.hub`.

    Each is there once: `change_count` says how many equal rows came or went.
    """
    table = identifier(name)
    if before is None:
        # All of them came: nothing has to be compared.
        connection.execute(
            f"create table changes.hub.{table} as select *, cast(count(*) as integer) as change_count"
            f" from {after}.hub.{table} group by all"
        )
        return
    sides = {1: f"{after}.hub.{table}", -1: f"{before}.hub.{table}"}
    counted = " union all ".join(
        f"select *, {sign} as amount from ({_hashed(connection, relation)})" for sign, relation in sides.items()
    )
    # One row stands for all that are equal to it, so that only what changed is read whole.
    connection.execute(
        "create or replace temp table changed_rows as select cast(sum(amount) as integer) as change_count,"
        " if(change_count > 0, max(row_number) filter (amount = 1), max(row_number) filter (amount = -1)) as row_number"
        f" from ({counted}) group by hash_1, hash_2 having sum(amount) <> 0"
    )
    changed = " union all by name ".join(
        f"select night.*, change_count from {relation} as night inner join changed_rows"
        f" on night.rowid = changed_rows.row_number where sign(change_count) = {sign}"
        for sign, relation in sides.items()
    )
    connection.execute(f"create table changes.hub.{table} as {changed}; drop table changed_rows")


def _sum_table(connection: duckdb.DuckDBPyConnection, name: str, nights: Sequence[str], alias: str) -> int:
    """A table as the last of some nights left it, with the columns that it had then, in a total order."""
    table = identifier(name)
    told = [night for night in nights if name in _tables(connection, night)]
    summed = " union all by name ".join(f"from {_changes_of(connection, night, name)}" for night in told)
    columns = _columns(connection, _changes_of(connection, told[-1], name))
    # Behind the count stand columns that the night before still had.
    columns = columns[: columns.index(identifier(_COUNT))]
    connection.execute(
        f"create table {alias}.hub.{table} as select {', '.join(columns)} from ("
        f"select * exclude (change_count), unnest(range(sum(change_count)::bigint)) from ({summed}) group by all"
        f" having sum(change_count) > 0) order by all"
    )
    row = connection.execute(f"select count(*) from {alias}.hub.{table}").fetchone()
    return int(row[0]) if row else 0

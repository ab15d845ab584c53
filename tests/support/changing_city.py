"""A hub that changes every night, published and sealed as a night does it."""

import random
from datetime import date, timedelta
from pathlib import Path

import duckdb

from exports.publication.night_changes import History
from exports.publication.reserved import Past
from exports.publication.seal import SealPlan, seal
from exports.publication.staging import StagedPublication, stage_publication
from exports.staged import StagedDirectory
from tests.support.databases import attach

FIRST = date(2026, 5, 4)
Rows = list[tuple[object, ...]]


class City:
    """A hub of two tables that changes every night, published and sealed as the night does it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.history = History(home / "history", home / "published", attach)
        self.connection = duckdb.connect(":memory:")
        self.connection.execute(f"attach '{home / 'work.duckdb'}' as work; create schema work.hub")
        self.random = random.Random(7)  # noqa: S311 - a test's draws, no secret
        self.published: dict[date, dict[str, Rows]] = {}

    def change(self) -> None:
        """Rows that come, go, repeat and hold lists and nulls."""
        rows = [
            (f"P{self.random.randrange(40)}", self.random.choice([None, "a", "b"]), [str(self.random.randrange(3))])
            for _ in range(60)
        ]
        self.connection.execute(
            "create or replace table work.hub.persons (person_id varchar, name varchar, ids varchar[]);"
            "create or replace table work.hub.nights (business_date date)"
        )
        self.connection.executemany("insert into work.hub.persons values (?, ?, ?)", rows)

    def night(self, day: date, keep_days: int = 5) -> None:
        """Publish a night."""
        published, exports = self.home / "published", self.home / "exports"
        exports.mkdir(exist_ok=True)
        staged = stage_publication(self.connection, published, day, "run", None)
        seal(SealPlan(published, exports, staged, (), keep_days, self.history.directory, self.changes(day, staged)))
        self.published[day] = self.tables("work")

    def changes(self, day: date, staged: StagedPublication) -> tuple[StagedDirectory, ...]:
        """The changes that a night stages for the history."""
        changes = self.history.stage(self.connection, day)
        return (*changes, Past(self.history).stage_latest(self.connection, staged, changes, must_hide=False))

    def tables(self, alias: str) -> dict[str, Rows]:
        """The rows of each table of a hub."""
        names = self.connection.execute(
            "select table_name from duckdb_tables() where database_name = ? order by 1", [alias]
        ).fetchall()
        return {name: self.connection.execute(f"from {alias}.hub.{name} order by all").fetchall() for (name,) in names}

    def read(self, path: Path) -> dict[str, Rows]:
        """The rows of each table of a database."""
        attach(self.connection, path, "looked_at", read_only=True)
        try:
            return self.tables("looked_at")
        finally:
            self.connection.execute("detach looked_at")

    def as_of(self, day: date) -> dict[str, Rows]:
        """The rows of each table, restored."""
        output = self.home / "as_of.duckdb"
        rows = self.history.restore(self.connection, day, output)
        found = self.read(output)
        assert rows == {name: len(table) for name, table in found.items()}
        return found


def days(count: int) -> list[date]:
    return [FIRST + timedelta(days=number) for number in range(count)]

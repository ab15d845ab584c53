"""The base as it was on any past night, out of what each night changed."""

import random
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from exports.errors import PublicationError
from exports.publication.night_changes import History
from exports.publication.seal import SealPlan, recover, seal
from exports.publication.staging import stage_publication

FIRST = date(2026, 5, 4)
Rows = list[tuple[object, ...]]


def attach(connection: duckdb.DuckDBPyConnection, path: Path, alias: str, *, read_only: bool = False) -> None:
    connection.execute(f"attach '{path}' as {alias}" + (" (read_only)" if read_only else ""))


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
        """Stage and seal it."""
        published, exports = self.home / "published", self.home / "exports"
        exports.mkdir(exist_ok=True)
        staged = stage_publication(self.connection, published, day, "run", None)
        changes = self.history.stage(self.connection, day, staged.database)
        seal(SealPlan(published, exports, staged, (), keep_days, self.history.directory, changes))
        self.published[day] = self.tables("work")

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


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = City(tmp_path)
    yield city
    city.connection.close()


def days(count: int) -> list[date]:
    return [FIRST + timedelta(days=number) for number in range(count)]


def test_after_many_nights_every_night_is_as_it_was_published(city: City) -> None:
    for day in days(12):
        city.change()
        city.night(day)
    assert len(list((city.home / "published").glob("2026-*"))) == 5
    for day in days(12):
        assert city.as_of(day) == city.published[day]


def test_the_last_hub_is_kept_beside_the_changes_and_is_no_link_to_its_publication(city: City) -> None:
    for day in days(3):
        city.change()
        city.night(day)
        publication = city.home / "published" / f"{day}" / "fil.duckdb"
        latest = city.history.directory / "latest" / "fil.duckdb"
        assert latest.read_bytes() == publication.read_bytes() and not latest.samefile(publication)
    first = city.history.directory / f"{FIRST}" / "changes.duckdb"
    assert {name: len(rows) for name, rows in city.read(first).items()} == {"nights": 0, "persons": 0}


def test_without_any_publication_every_night_is_as_it_was_and_the_last_can_run_again(city: City) -> None:
    for day in days(4):
        city.change()
        city.night(day)
    shutil.rmtree(city.home / "published")
    assert {day: city.as_of(day) for day in days(4)} == city.published
    city.change()
    city.night(days(4)[-1])
    assert {day: city.as_of(day) for day in days(4)} == city.published


def test_without_the_last_hub_a_later_publication_is_enough(city: City) -> None:
    for day in days(4):
        city.change()
        city.night(day, keep_days=1)
    shutil.rmtree(city.history.directory / "latest")
    assert {day: city.as_of(day) for day in days(4)} == city.published
    shutil.rmtree(city.home / "published")
    with pytest.raises(PublicationError, match="latest is lost"):
        city.as_of(FIRST)


def test_the_changes_of_a_table_before_a_night_begin_with_all_its_rows(city: City) -> None:
    for day in days(3):
        city.change()
        city.night(day, keep_days=1)
    changed = {}
    for day, relation in city.history.changes_before(city.connection, days(3)[2], "persons"):
        changed[day] = city.connection.execute(f"select sum(change_count) from {relation}").fetchone()
    assert changed == {days(3)[0]: (60,), days(3)[1]: (0,)}


def test_a_night_run_again_changes_itself_and_no_later_one(city: City) -> None:
    for day in days(9):
        city.change()
        city.night(day)
    for again in (FIRST, FIRST + timedelta(days=1), FIRST + timedelta(days=7), FIRST + timedelta(days=8)):
        city.change()
        city.night(again, keep_days=3)
        assert {day: city.as_of(day) for day in days(9)} == city.published


def test_a_night_that_changes_nothing_is_empty_and_one_between_two_others_finds_its_place(city: City) -> None:
    city.change()
    for day in (FIRST, FIRST + timedelta(days=4), FIRST + timedelta(days=2)):
        city.night(day)
    attach(city.connection, city.history.directory / "2026-05-06" / "changes.duckdb", "changes", read_only=True)
    assert city.connection.execute("select count(*) from changes.hub.persons").fetchone() == (0,)
    assert all(city.as_of(day) == city.published[day] for day in city.history.dates())


def test_columns_that_come_and_go_are_as_each_night_had_them(city: City) -> None:
    for day, columns in zip(days(3), ("id, name", "id, street, name", "id, street"), strict=True):
        city.connection.execute(
            f"create or replace table work.hub.persons as select {columns} from (values ('P1', 'a', 's'),"
            " ('P2', null, 't')) as told(id, name, street)"
        )
        city.night(day, keep_days=1)
    assert all(city.as_of(day) == city.published[day] for day in days(3))


def test_tables_that_come_and_go_are_as_each_night_had_them(city: City) -> None:
    city.change()
    for number, day in enumerate(days(4)):
        if number == 1:
            city.connection.execute(
                "create table work.hub.added as select 1 as one, null as amount; drop table work.hub.nights"
            )
        if number == 3:
            city.connection.execute(
                "alter table work.hub.added alter amount type bigint; insert into work.hub.added values (1, 7)"
            )
        city.night(day, keep_days=1)
    assert all(city.as_of(day) == city.published[day] for day in days(4))


def test_a_night_without_changes_kept_is_named(city: City) -> None:
    with pytest.raises(PublicationError, match="no night yet"):
        city.as_of(FIRST)
    city.change()
    city.night(FIRST)
    with pytest.raises(PublicationError, match="from 2026-05-04 to 2026-05-04"):
        city.as_of(FIRST + timedelta(days=1))


def test_damaged_changes_are_named(city: City) -> None:
    for day in days(2):
        city.change()
        city.night(day)
    shutil.rmtree(city.home / "published" / "2026-05-04")
    (city.history.directory / "2026-05-05" / "changes.duckdb").write_bytes(b"torn")
    with pytest.raises(PublicationError, match="2026-05-05"):
        city.as_of(FIRST)


def test_a_night_killed_after_its_journal_counts_with_its_changes(city: City) -> None:
    city.change()
    city.night(FIRST)
    city.change()

    def killed() -> None:
        raise KeyboardInterrupt

    day, published = days(2)[1], city.home / "published"
    staged = stage_publication(city.connection, published, day, "run", None)
    changes = city.history.stage(city.connection, day, staged.database)
    city.published[day] = city.tables("work")
    with pytest.raises(KeyboardInterrupt):
        seal(SealPlan(published, city.home / "exports", staged, (), 5, city.history.directory, changes), [killed])
    assert city.history.dates() == [FIRST]
    assert recover(published, city.home / "exports", history_dir=city.history.directory) == [day]
    assert {day: city.as_of(day) for day in days(2)} == city.published
    shutil.rmtree(published / day.isoformat())
    assert city.as_of(day) == city.published[day]

"""The base as it was on any past night, out of what each night changed."""

import json
import random
import resource
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from exports.errors import PublicationError
from exports.publication.history_index import index_problems, nearest_hub
from exports.publication.night_changes import History
from exports.publication.reserved import Past
from exports.publication.seal import SealPlan, recover, seal
from exports.publication.staging import StagedPublication, stage_publication
from exports.staged import StagedDirectory
from sources.base.files import sha256_of

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
        seal(SealPlan(published, exports, staged, (), keep_days, self.history.directory, self.changes(day, staged)))
        self.published[day] = self.tables("work")

    def changes(self, day: date, staged: StagedPublication) -> tuple[StagedDirectory, ...]:
        """What a night stages of the history."""
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


def test_the_changes_of_the_ledger_begin_with_all_its_rows(city: City) -> None:
    city.change()
    city.night(FIRST)
    for day, recipients in zip(days(5)[1:], (("P1", "P2"), ("P2", "P3"), ("P3",)), strict=False):
        city.connection.execute(
            f"create or replace table work.hub.deliveries as select unnest({list(recipients)}) as recipient_id"
        )
        city.night(day, keep_days=1)
    changed = {
        day: sorted(city.connection.execute(f"select recipient_id, change_count from {relation}").fetchall())
        for day, relation in city.history.changes_before(city.connection, days(5)[3])
    }
    assert changed == {days(5)[1]: [("P1", 1), ("P2", 1)], days(5)[2]: [("P1", -1), ("P3", 1)]}


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


def test_a_history_of_an_earlier_version_is_read_and_gone_on_with(city: City) -> None:
    """Without a last hub and an index; the first night's changes were its publication, and no manifest had tables."""
    for day in days(3):
        city.change()
        city.night(day)
    history, published = city.history.directory, city.home / "published"
    shutil.copy(published / f"{FIRST}" / "fil.duckdb", history / f"{FIRST}" / "changes.duckdb")
    for day in days(3):
        content = {"sha256": sha256_of(history / f"{day}" / "changes.duckdb")}
        (history / f"{day}" / "manifest.json").write_text(json.dumps(content))
    shutil.rmtree(history / "latest")
    for day in days(3)[:2]:
        shutil.rmtree(published / f"{day}")
    assert {day: city.as_of(day) for day in days(3)} == city.published
    for again in (FIRST, days(4)[3], days(3)[1]):
        city.change()
        city.night(again, keep_days=1)
        assert {day: city.as_of(day) for day in city.history.dates()} == city.published


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
    changes = city.changes(day, staged)
    city.published[day] = city.tables("work")
    with pytest.raises(KeyboardInterrupt):
        seal(SealPlan(published, city.home / "exports", staged, (), 5, city.history.directory, changes), [killed])
    assert city.history.dates() == [FIRST]
    assert recover(published, city.home / "exports", history_dir=city.history.directory) == [day]
    assert {day: city.as_of(day) for day in days(2)} == city.published
    shutil.rmtree(published / day.isoformat())
    assert city.as_of(day) == city.published[day]


def test_a_night_run_again_keeps_the_tables_of_the_next_one_whose_publication_is_gone(city: City) -> None:
    """As they were, where they are others by now."""
    for number, day in enumerate(days(4)):
        columns = "'P1' as person_id, 'name' as name" if number < 3 else "'P1' as person_id, 'a street' as street"
        city.connection.execute(f"create or replace table work.hub.persons as select {columns}, {number} as night")
        if number == 0:
            city.connection.execute("create table work.hub.gone as select 1 as one")
        if number == 3:
            city.connection.execute("drop table work.hub.gone; create table work.hub.new as select 2 as two")
        city.night(day, keep_days=1)
    city.connection.execute("drop table work.hub.new; create table work.hub.gone as select 1 as one")
    city.connection.execute(
        "create or replace table work.hub.persons as select 'P2' as person_id, 'b' as name, 0 as night"
    )
    city.night(FIRST, keep_days=1)
    assert {day: city.as_of(day) for day in days(4)} == city.published


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("null::varchar[]", "[]::varchar[]"),
        ("[null]::varchar[]", "[]::varchar[]"),
        ("['NULL']", "[null]::varchar[]"),
        ("[[]]::varchar[][]", "[]::varchar[][]"),
        ("0.0::double", "-0.0::double"),
        ("interval 30 day", "interval 1 month"),
        ("{'a': null::varchar}", "null::struct(a varchar)"),
        ("9007199254740993::bigint", "1.5::double"),
        ("7", "['a', 'b']"),
        ("uuid '6f1d1a3e-0000-4000-8000-000000000000'", "[1]"),
        ("date '2026-05-04'", "timestamp '2026-05-04 10:00:00'"),
        ("true", "7"),
    ],
)
def test_values_that_hash_alike_and_columns_of_another_type_are_told_apart(city: City, before: str, after: str) -> None:
    for day, value in zip(days(3), (before, after, before), strict=True):
        city.connection.execute(
            f"create or replace table work.hub.persons as select 'P1' as person_id, {value} as value"
        )
        city.night(day, keep_days=1)
    assert [repr(city.as_of(day)) for day in days(3)] == [repr(city.published[day]) for day in days(3)]


@pytest.mark.parametrize("name", ["change_count", "fil_row", "Fil_Place"])
def test_a_column_with_a_name_of_the_history_is_refused(city: City, name: str) -> None:
    city.connection.execute(f"create table work.hub.persons as select 1 as {name}")
    with pytest.raises(PublicationError, match=f"hub.persons has a column {name.lower()}"):
        city.night(FIRST)


@pytest.mark.parametrize("lost", [1, 2])
def test_a_night_that_is_lost_or_older_than_the_others_is_named(city: City, lost: int) -> None:
    for day in days(4):
        city.change()
        city.night(day)
    old = city.home / "old"
    shutil.copytree(city.history.directory, old)
    city.change()
    city.night(days(4)[1])
    for day in days(4)[:-1]:
        shutil.rmtree(city.home / "published" / f"{day}")
    assert {day: city.as_of(day) for day in days(4)} == city.published
    place = city.history.directory / f"{days(4)[lost]}"
    shutil.rmtree(place)
    with pytest.raises(PublicationError, match=f"{days(4)[lost]} is not what the history knows: restore all of"):
        city.as_of(FIRST)
    shutil.copytree(old / place.name, place)
    with pytest.raises(PublicationError, match="is not what the history knows"):
        city.as_of(FIRST)
    assert any(str(place) in one for one in index_problems(city.history.directory, city.home / "published"))


def test_a_publication_from_an_older_backup_is_not_believed(city: City) -> None:
    for day in days(2):
        city.change()
        city.night(day)
    place = city.home / "published" / f"{FIRST}"
    shutil.copytree(place, city.home / "old")
    city.change()
    city.night(FIRST)
    shutil.rmtree(place)
    shutil.copytree(city.home / "old", place)
    with pytest.raises(PublicationError, match="is not what the history knows: remove"):
        city.as_of(FIRST)
    shutil.rmtree(place)
    assert city.as_of(FIRST) == city.published[FIRST]


def test_damaged_changes_are_mended_by_the_same_night_run_again(city: City) -> None:
    """Its bytes may be the same as before, and so its manifest."""
    for day in days(2):
        city.change()
        city.night(day)
    path = city.history.directory / f"{days(2)[1]}" / "changes.duckdb"
    whole = path.read_bytes()
    path.write_bytes(b"torn")
    city.night(days(2)[1])
    assert path.read_bytes() == whole
    assert {day: city.as_of(day) for day in days(2)} == city.published


def test_a_past_night_that_is_read_while_another_is_sealed_is_read_again(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in days(3):
        city.change()
        city.night(day, keep_days=1)
    replaced: list[date] = []

    def slow(history: Path, published: Path, day: date) -> tuple[date, Path]:
        found = nearest_hub(history, published, day)
        if not replaced:
            replaced.append(day)
            with duckdb.connect(":memory:") as connection:
                city.connection, before = connection, city.connection
                connection.execute(f"attach '{city.home / 'other.duckdb'}' as work; create schema work.hub")
                city.change()
                city.night(days(4)[3], keep_days=1)
                city.connection = before
        return found

    monkeypatch.setattr("exports.publication.night_changes.nearest_hub", slow)
    assert city.as_of(FIRST) == city.published[FIRST]


def test_a_year_of_nights_opens_few_files(city: City) -> None:
    """Each open database takes a file descriptor, of which a process may have 256."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/proc/self/fd").iterdir())) + 25, before[1]))
    try:
        for day in days(40):
            city.change()
            city.night(day, keep_days=1)
        assert city.as_of(FIRST) == city.published[FIRST]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

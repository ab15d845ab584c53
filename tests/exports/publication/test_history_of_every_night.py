"""The hub as it was on any past night, rebuilt from what each night changed."""

import resource
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from exports.errors import PublicationError
from exports.publication.history_index import nearest_hub
from tests.support.changing_city import FIRST, City, days
from tests.support.databases import attach


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


def test_a_night_run_again_keeps_the_tables_of_the_next_one_whose_publication_is_gone(city: City) -> None:
    """The next night keeps the tables that it had, even if they have other columns by now."""
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


@pytest.mark.long
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

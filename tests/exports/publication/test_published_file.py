"""The published file as its readers open it: which names work, what describes them, what an earlier version left."""

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
import sqlalchemy

from exports.publication.night_changes import History
from exports.publication.reserved import Past
from exports.publication.seal import SealPlan, seal
from exports.publication.staging import database_of, stage_publication
from sources.base.files import sha256_of
from tests.support.databases import attach

DAY = date(2026, 5, 4)
NINE = [(9,)]


def publish(hub: duckdb.DuckDBPyConnection, home: Path, day: date = DAY) -> Path:
    history = History(home / "history", home / "published", attach)
    (home / "exports").mkdir(exist_ok=True)
    staged = stage_publication(hub, home / "published", day, "r1", None)
    changes = history.stage(hub, day)
    changes = (*changes, Past(history).stage_latest(hub, staged, changes, must_hide=False))
    seal(SealPlan(home / "published", home / "exports", staged, (), 30, home / "history", changes))
    return home / "published" / str(day)


@pytest.fixture
def publication(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> Path:
    hub.execute('create table work.hub."order" as select 1 as "select"')
    hub.execute("comment on table work.hub.persons is 'One row per natural person.'")
    hub.execute('create view work.hub.card_persons as select person_id from "hub".persons')
    hub.execute("comment on view work.hub.card_persons is 'One row per person.'")
    hub.execute("comment on column work.hub.card_persons.person_id is 'Person of the card.'")
    return publish(hub, tmp_path)


@pytest.fixture
def reader(publication: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(publication / "fil.duckdb"), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("table", ["persons", "hub.persons", "fil.persons", "fil.hub.persons"])
def test_opened_by_its_name_every_spelling_works(reader: duckdb.DuckDBPyConnection, table: str) -> None:
    assert reader.execute(f"select count(*) from {table}").fetchall() == NINE


def test_every_table_has_its_view(reader: duckdb.DuckDBPyConnection) -> None:
    tables = reader.execute("select table_name from duckdb_tables() where schema_name = 'hub' order by 1").fetchall()
    views = "select view_name from duckdb_views() where schema_name = 'main' and not internal order by 1"
    assert ("order",) in tables and tables == reader.execute(views).fetchall()
    assert reader.execute('select "select" from "order"').fetchall() == [(1,)]


def test_table_and_view_are_described(reader: duckdb.DuckDBPyConnection) -> None:
    columns = "select comment from duckdb_columns() where table_name = '{}' and column_name = 'person_id'"
    assert reader.execute(columns.format("persons")).fetchall() == [("The person's id.",)] * 2
    assert reader.execute(columns.format("card_persons")).fetchall() == [("Person of the card.",)]
    told = reader.execute("select schema_name, comment from duckdb_views() where view_name = 'card_persons'").fetchall()
    assert told == [("hub", "One row per person.")]
    for kind in ("tables() where table", "views() where view"):
        told = reader.execute(f"select comment from duckdb_{kind}_name = 'persons'").fetchall()
        assert told == [("One row per natural person.",)]


def test_sqlalchemy_reads_it(publication: Path) -> None:
    engine = sqlalchemy.create_engine(f"duckdb:///{publication / 'fil.duckdb'}", connect_args={"read_only": True})
    with engine.connect() as connection:
        for table in ("persons", "hub.persons"):
            assert connection.execute(sqlalchemy.text(f"select count(*) from {table}")).scalar() == 9
        inspector = sqlalchemy.inspect(engine)
        assert "persons" in inspector.get_table_names("hub") and "persons" in inspector.get_view_names("main")
    engine.dispose()


@pytest.mark.parametrize("alias", ["fil", "another"])
def test_attached_under_any_alias_it_reads_its_own_tables(publication: Path, alias: str) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute("create schema hub; create table hub.persons as select 1; create table persons as select 1")
        attach(connection, publication / "fil.duckdb", alias, read_only=True)
        for table in (f"{alias}.persons", f"{alias}.hub.persons", f"{alias}.hub.card_persons"):
            assert connection.execute(f"select count(*) from {table}").fetchall() == NINE


def test_the_former_name_is_the_same_file(publication: Path) -> None:
    assert (publication / "hub.duckdb").samefile(publication / "fil.duckdb")
    with duckdb.connect(str(publication / "hub.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from hub.hub.persons").fetchall() == NINE
    manifest = json.loads((publication / "manifest.json").read_text())["database"]
    assert (manifest["name"], manifest["sha256"]) == ("fil.duckdb", sha256_of(publication / "fil.duckdb"))


def test_a_publication_of_an_earlier_version_is_read_by_the_nights_after_it(
    publication: Path, hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (publication / "fil.duckdb").unlink()
    assert database_of(publication) == publication / "hub.duckdb"
    hub.execute("delete from work.hub.persons where person_id = 'PDEAD'")
    publish(hub, tmp_path, DAY + timedelta(days=1))
    history = History(tmp_path / "history", tmp_path / "published", attach)
    for days, people in ((0, 9), (1, 8)):
        path = tmp_path / f"past{days}.duckdb"
        with duckdb.connect(":memory:") as connection:
            history.restore(connection, DAY + timedelta(days=days), path)
        with duckdb.connect(str(path), read_only=True) as past:
            assert past.execute("select count(*) from hub.persons").fetchall() == [(people,)]
            assert past.execute("select count(*) from persons").fetchall() == [(people,)]
            assert past.execute("select count(*) from hub.card_persons").fetchall() == [(people,)]


def test_a_night_computed_back_has_the_views_that_its_tables_can_answer(
    publication: Path, hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    hub.execute(
        "create table work.hub.visits as select 1 as visit_id; alter table work.hub.persons add column pet text"
    )
    for view, query in {"visits": "from hub.visits", "pets": "select pet from hub.persons"}.items():
        hub.execute(f"create view work.hub.card_{view} as {query}")
    publish(hub, tmp_path, DAY + timedelta(days=1))
    with duckdb.connect(":memory:") as connection:
        shutil.rmtree(publication)
        History(tmp_path / "history", tmp_path / "published", attach).restore(connection, DAY, tmp_path / "past.duckdb")
    with duckdb.connect(str(tmp_path / "past.duckdb"), read_only=True) as past:
        views = past.execute("select view_name from duckdb_views() where schema_name = 'hub'").fetchall()
        assert views == [("card_persons",)] and past.execute("select count(*) from hub.card_persons").fetchall() == NINE
        assert "visits" not in str(past.execute("select table_name from duckdb_tables()").fetchall())

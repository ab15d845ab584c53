"""What is reserved since, hidden in nights before: their publications, their changes, and what these add up to."""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from exports.publication.intact import require_intact
from exports.publication.night_changes import History
from exports.publication.reserved import Past, protections_of_nobody
from exports.publication.seal import SealPlan, recover, seal
from exports.publication.staging import is_without_hub, stage_publication
from sources.base.files import sha256_of

DAYS = [date(2026, 5, 4), date(2026, 5, 5), date(2026, 5, 6)]
_SCHEMA = """
create schema work.hub; create schema work.intermediate;
create table work.hub.persons (person_id varchar, email varchar, street varchar, is_protected boolean);
create table work.hub.person_history (person_id varchar, attribute varchar, value varchar);
create table work.hub.mention_values (mention_id varchar, street varchar, is_protected boolean);
create table work.hub.interactions (person_id varchar, organisation_id varchar, office varchar);
create table work.hub.licences (organisation_id varchar, person_id varchar, place varchar);
create table work.hub.tax_objects (
    person_id varchar, organisation_id varchar, tax varchar, reference varchar, surface_m2 integer);
create table work.hub.addresses (address_id varchar, street varchar, street_number varchar, postcode varchar);
create table work.intermediate.int_current_person_ids (issued_id varchar, person_id varchar);
create table work.intermediate.int_reserved_contacts (address varchar);
create table work.intermediate.int_protected_references (tax varchar, reference varchar);
create table work.hub.households (household_id varchar, census_section varchar);
create table work.intermediate.int_attribute_candidates (mention_id varchar, attribute varchar, value varchar);
create table work.intermediate.int_protected_organisations (mention_id varchar, organisation_id varchar);
create table work.hub.organisation_events (event varchar, ids_before varchar[], ids_after varchar[]);
create table work.intermediate.int_addresses as from work.hub.addresses;
create table work.intermediate.int_protections (place varchar, mention_id varchar);
insert into work.intermediate.int_current_person_ids values ('P1', 'P1'), ('P0', 'P1'), ('P2', 'P2');
insert into work.intermediate.int_protections values ('a', null), ('b', 'M1'), ('b', 'M2');
insert into work.intermediate.int_attribute_candidates values
    ('M1', 'household_id', 'H1'), ('M1', 'name', 'H2'), ('M2', 'household_id', 'H2');
insert into work.intermediate.int_addresses values ('A1', 'SECRET', '1', '08001'), ('A2', 'OTHER', '1', '08001');
"""


def attach(connection: duckdb.DuckDBPyConnection, path: Path, alias: str, *, read_only: bool = False) -> None:
    connection.execute(f"attach '{path}' as {alias}" + (" (read_only)" if read_only else ""))


def fill(connection: duckdb.DuckDBPyConnection, person: str, email: str, is_protected: bool) -> None:
    """A night's hub: P1 (formerly P0) with O1; and P2, of whom only what P1 and P2 hold together changes."""
    for (table,) in connection.execute("select table_name from duckdb_tables() where schema_name = 'hub'").fetchall():
        connection.execute(f"delete from work.hub.{table}")
    for name in ("organisations (organisation_id) values ('O1')", "references (reference) values ('SECRET CADASTRE')"):
        table, row = name.split(" ", 1)
        connection.execute(f"delete from work.intermediate.int_protected_{table}")
        if is_protected:
            connection.execute(f"insert into work.intermediate.int_protected_{table} {row}")
    connection.execute("update work.intermediate.int_protected_references set tax = 'IBI'")
    shown = "null" if is_protected else f"'{email}'"
    connection.execute(f"""
        insert into work.hub.persons values
            ('{person}', {shown}, if({is_protected}, null, 'SECRET'), {is_protected}), ('P2', 'p2@x', 'OTHER', false);
        insert into work.hub.person_history
        select * from (values ('{person}', 'email', '{email}'), ('{person}', 'name', 'ELENA'), ('P2', 'email', 'p2@x'))
        where not {is_protected} or column1 = 'name' or column0 = 'P2';
        insert into work.hub.mention_values values ('M1', if({is_protected}, null, 'SECRET'), {is_protected}),
            ('M2', 'OTHER', false);
        insert into work.hub.interactions values
            ('{person}', null, if({is_protected}, null, 'OAC SECRET')), ('P2', null, 'OAC'),
            (null, 'O1', if({is_protected}, null, 'OAC SECRET'));
        insert into work.hub.licences values ('O1', null, if({is_protected}, null, 'SECRET SEAT')), ('O2', null, 'C 1');
        insert into work.hub.tax_objects
        select person_id, organisation_id, 'IBI', if({is_protected}, null, 'SECRET CADASTRE'),
            if({is_protected}, null, 7)
        from (values ('{person}', null), ('P2', null), (null, 'O1')) as told(person_id, organisation_id);
        insert into work.hub.tax_objects values ('P2', null, 'IBI', 'FREE', 8);
        insert into work.hub.households
        select * from (values ('H1', 'SECRET SECTION'), ('H2', '08001')) where not {is_protected} or column0 = 'H2';
        insert into work.hub.addresses from work.intermediate.int_addresses
        where not {is_protected} or address_id = 'A2';""".replace(
        "column0", "col0").replace("column1", "col1"))  # fmt: skip


def night(connection: duckdb.DuckDBPyConnection, home: Path, day: date, *, is_killed: bool = False) -> None:
    history = History(home / "history", home / "published", attach)
    (home / "exports").mkdir(exist_ok=True)
    staged = stage_publication(connection, home / "published", day, "run", None)
    past = Past(history)
    found = past.find(connection)
    hidden, changes = past.stage(connection, day.isoformat(), history.stage(connection, day), found)
    changes = (*changes, past.stage_latest(connection, staged, (*changes, *hidden), found))
    plan = SealPlan(home / "published", home / "exports", staged, (), 30, home / "history", changes, hidden)

    def stop() -> None:
        raise KeyboardInterrupt

    seal(plan, [stop] if is_killed else [])


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{path}' as told (read_only); use told.hub")
        names = [row[0] for row in connection.sql("select table_name from duckdb_tables()").fetchall()]
        return {name: sorted(connection.sql(f"from {name}").fetchall(), key=str) for name in names}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{tmp_path / 'work.duckdb'}' as work; {_SCHEMA}")
        yield connection


def test_nights_before_are_hidden_with_the_night_that_protects_and_still_add_up(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for day, person, email in zip(DAYS[:2], ("P0", "P1"), ("old@secret", "new@secret"), strict=True):
        fill(hub, person, email, is_protected=False)
        night(hub, tmp_path, day)
    # As an earlier version published it.
    (tmp_path / "published/2026-05-04/fil.duckdb").unlink()
    assert "old@secret" in str(rows(tmp_path / "published/2026-05-04/hub.duckdb"))
    fill(hub, "P1", "", is_protected=True)
    with pytest.raises(KeyboardInterrupt):
        night(hub, tmp_path, DAYS[2], is_killed=True)
    recover(tmp_path / "published", tmp_path / "exports", history_dir=tmp_path / "history")
    history = History(tmp_path / "history", tmp_path / "published", attach)
    for day in DAYS:
        publication, restored = tmp_path / "published" / str(day), tmp_path / f"{day}.duckdb"
        with duckdb.connect(":memory:") as connection:
            history.restore(connection, day, restored)
        told, changes = rows(restored), rows(tmp_path / f"history/{day}/changes.duckdb")
        assert "secret" not in f"{told} {changes}".lower()
        assert ("P2", "p2@x", "OTHER", False) in told["persons"]
        assert ("O2", None, "C 1") in told["licences"]
        assert [row[3:] for row in told["tax_objects"]].count((None, None)) == 3
        assert ("P2", None, "IBI", "FREE", 8) in told["tax_objects"]
        manifest = json.loads((publication / "manifest.json").read_text())
        assert manifest["run_id"] == "run"
        if day != DAYS[2]:
            assert is_without_hub(publication) and [path.name for path in publication.iterdir()] == ["manifest.json"]
        else:
            assert rows(publication / "fil.duckdb") == told and not is_without_hub(publication)
    assert ("P0", None, None, True) in rows(tmp_path / "2026-05-04.duckdb")["persons"]
    assert not [*tmp_path.glob("*/.staging-*"), *tmp_path.glob("published/.commit-*")]


def test_an_earlier_night_run_again_hides_whom_it_protects_in_the_one_that_readers_see(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    hub.execute("create view work.hub.card_persons as from hub.persons")
    for day in DAYS:
        fill(hub, "P1", "new@secret", is_protected=False)
        night(hub, tmp_path, day)
    fill(hub, "P1", "", is_protected=True)
    night(hub, tmp_path, DAYS[1])
    assert is_without_hub(tmp_path / "published/2026-05-04")
    current, latest = tmp_path / "published/current", tmp_path / "history/latest/fil.duckdb"
    assert current.readlink() == Path("2026-05-06")
    assert (current / "fil.duckdb").read_bytes() == latest.read_bytes()
    assert (current / "hub.duckdb").samefile(current / "fil.duckdb")
    manifest = json.loads((current / "manifest.json").read_text())["database"]
    assert (manifest["name"], manifest["sha256"]) == ("fil.duckdb", sha256_of(current / "fil.duckdb"))
    require_intact(latest)
    history = History(tmp_path / "history", tmp_path / "published", attach)
    with duckdb.connect(":memory:") as connection:
        for day in DAYS:
            history.restore(connection, day, tmp_path / f"{day}.duckdb")
            assert "secret" not in str(rows(tmp_path / f"{day}.duckdb")).lower()
    with duckdb.connect(str(current / "fil.duckdb"), read_only=True) as reader:
        assert ("P2", "p2@x", "OTHER", False) in reader.sql("from persons").fetchall()
        assert reader.sql("from hub.card_persons").fetchall() == reader.sql("from persons").fetchall()


def test_who_comes_back_protected_is_hidden_in_nights_before_the_last(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    fill(hub, "P1", "old@secret", is_protected=False)
    night(hub, tmp_path, DAYS[0])
    for (table,) in hub.execute("select table_name from duckdb_tables() where schema_name = 'hub'").fetchall():
        hub.execute(f"delete from work.hub.{table}")
    night(hub, tmp_path, DAYS[1])
    fill(hub, "P1", "", is_protected=True)
    night(hub, tmp_path, DAYS[2])
    paths = [*tmp_path.glob("published/2026-*/fil.duckdb"), *tmp_path.glob("history/*/*.duckdb")]
    assert len(paths) == 5
    for path in paths:
        assert "secret" not in str(rows(path)).lower(), path


def test_a_night_that_protects_nobody_new_leaves_the_past_as_it_is(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    fill(hub, "P1", "", is_protected=True)
    for day in DAYS[:2]:
        night(hub, tmp_path, day)
    first = tmp_path / "published/2026-05-04"
    before = first.stat().st_ino
    night(hub, tmp_path, DAYS[2])
    assert first.stat().st_ino == before


def test_the_history_is_hidden_where_what_was_published_is_lost(hub: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    fill(hub, "P1", "old@secret", is_protected=False)
    night(hub, tmp_path, DAYS[0])
    shutil.rmtree(tmp_path / "published")
    fill(hub, "P1", "", is_protected=True)
    night(hub, tmp_path, DAYS[1])
    for path in tmp_path.glob("history/*/*.duckdb"):
        assert "secret" not in str(rows(path)).lower()


def test_protections_of_nobody_are_counted(hub: duckdb.DuckDBPyConnection) -> None:
    assert protections_of_nobody(hub) == 1

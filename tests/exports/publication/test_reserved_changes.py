"""What is reserved is hidden in every night that still tells it, whichever of its tables does, and nothing else is."""

from datetime import date, timedelta
from pathlib import Path

import duckdb

from exports.publication.night_changes import History
from exports.publication.reserved import Past
from exports.publication.seal import SealPlan, seal
from exports.publication.staging import stage_publication
from tests.support.databases import attach

FIRST = date(2026, 5, 4)
_HUB = """
attach '{path}' as work; create schema work.hub; create schema work.intermediate;
create table work.hub.persons as select unnest(['PA', 'PB']) as person_id, false as is_protected;
create table work.hub.mention_values as
select unnest(['mA', 'mB']) as mention_id, 'BALMES' as street, false as is_protected;
create table work.hub.deliveries (target varchar, file varchar, recipient_id varchar);
create table work.hub.addresses (address_id varchar, street varchar, street_number varchar, postcode varchar);
create table work.intermediate.int_addresses as from work.hub.addresses;
create table work.intermediate.int_reserved_contacts (address varchar);
create table work.intermediate.int_protected_references (tax varchar, reference varchar);
create table work.hub.households (household_id varchar);
create table work.intermediate.int_attribute_candidates (mention_id varchar, attribute varchar, value varchar);
create table work.intermediate.int_protected_organisations (mention_id varchar, organisation_id varchar);
create table work.hub.organisation_events (event varchar, ids_before varchar[], ids_after varchar[]);
create table work.intermediate.int_current_person_ids as
select person_id as issued_id, person_id from work.hub.persons;
"""


def test_a_night_that_tells_of_a_delivery_alone_is_hidden_too(tmp_path: Path) -> None:
    connection, history = duckdb.connect(":memory:"), History(tmp_path / "history", tmp_path / "published", attach)
    connection.execute(_HUB.format(path=tmp_path / "work.duckdb"))
    (tmp_path / "exports").mkdir()
    (tmp_path / "history").mkdir()

    def night(number: int, *statements: str) -> int:
        """Run a night; return how many publications of other nights it replaced."""
        for statement in statements:
            connection.execute(statement)
        day = FIRST + timedelta(days=number)
        published = stage_publication(connection, tmp_path / "published", day, "run", None)
        past = Past(history)
        found = past.find(connection)
        hidden, changes = past.stage(connection, str(day), history.stage(connection, day), found)
        changes = (*changes, past.stage_latest(connection, published, (*changes, *hidden), found))
        seal(
            SealPlan(
                tmp_path / "published", tmp_path / "exports", published, (), 30, history.directory, changes, hidden
            )
        )
        return len(hidden)

    told = "insert into work.hub.deliveries select 'campaigns', 'audience.obres.Z1', person_id from work.hub.persons"
    assert (night(0), night(1, told), night(2)) == (0, 0, 0)
    gone = "delete from work.hub.deliveries where recipient_id = 'PA'"
    protect = [
        "update work.hub.persons set is_protected = true where person_id = 'PA'",
        "update work.hub.mention_values set is_protected = true, street = null where mention_id = 'mA'",
    ]
    # None of them is the one that readers see then.
    assert night(3, gone, *protect) == 3
    assert night(4) == 0
    for day in (FIRST + timedelta(days=number) for number in range(5)):
        output = tmp_path / f"{day}.duckdb"
        history.restore(connection, day, output)
        with duckdb.connect(":memory:") as reader:
            attach(reader, output, "past", read_only=True)
            files = reader.execute("select file from past.hub.deliveries where recipient_id = 'PA'").fetchall()
            assert files == ([("audience.RESERVAT",)] if FIRST < day < FIRST + timedelta(days=3) else [])
            streets = reader.execute("select street from past.hub.mention_values order by mention_id").fetchall()
            assert streets == [(None,), ("BALMES",)]
    connection.close()

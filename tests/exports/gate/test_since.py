"""What the gate asks of a hub once more is known of its people: nobody and nothing is added, and a no is heard."""

from collections.abc import Iterator

import duckdb
import pytest

from exports.gate.leaving import knows_since, show_leaving
from exports.gate.since import begin_since, end_since, forget_since


@pytest.fixture
def night(hub: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A hub, and one that is the same so far: the last night's."""
    hub.execute("attach ':memory:' as last; copy from database work to last")
    hub.execute("attach ':memory:' as unheard")
    hub.execute("create table unheard.words (person_id varchar, purpose varchar, service varchar, state varchar,"
                " decided_at timestamp);"
                "create table unheard.marked (person_id varchar, is_deceased boolean, is_protected boolean);"
                "create table unheard.ended (request_id varchar);"
                "create table unheard.unsubscribed (address varchar, occurred_at timestamp)")  # fmt: skip
    yield hub


def leaving(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    show_leaving(connection)
    return connection.execute(query).fetchall()


_IS_DEAD = "select is_deceased from leaving_persons where person_id = 'PB'"
_SAID = "select purpose, service, state from leaving_consents where person_id = 'PB' order by all"
_OF_ALL = [("communications", None, "given"), ("integration", None, "given")]


def test_a_hub_of_which_nothing_is_known_since_is_asked_as_it_is(night: duckdb.DuckDBPyConnection) -> None:
    assert not knows_since(night)
    assert leaving(night, _IS_DEAD) == [(False,)]
    assert leaving(night, _SAID) == _OF_ALL


def test_the_last_night_says_who_died_until_it_is_forgotten(night: duckdb.DuckDBPyConnection) -> None:
    night.execute("update last.hub.persons set is_deceased = true where person_id = 'PB'")
    begin_since(night, "last")
    end_since(night, None)
    assert knows_since(night)
    assert leaving(night, _IS_DEAD) == [(True,)]
    assert leaving(night, _SAID) == _OF_ALL
    forget_since(night)
    assert leaving(night, _IS_DEAD) == [(False,)]


def test_a_no_that_no_night_has_published_is_one_to_each_service(night: duckdb.DuckDBPyConnection) -> None:
    night.execute("insert into work.hub.consents values ('PB', 'communications', 'given', '2026-05-01', 'OBRES')")
    night.execute("insert into unheard.words values ('PB', 'communications', null, 'refused', '2026-05-05')")
    night.execute("insert into unheard.marked values ('PB', true, false)")
    night.execute("insert into unheard.ended values ('RB')")
    begin_since(night, None)
    end_since(night, "unheard")
    assert leaving(night, _IS_DEAD) == [(True,)]
    refused = [("communications", "OBRES", "refused"), ("communications", None, "refused")]
    assert leaving(night, _SAID) == [*refused, ("integration", None, "given")]
    ended = "select request_id from leaving_requests where not is_active"
    assert leaving(night, ended) == [("RB",)]

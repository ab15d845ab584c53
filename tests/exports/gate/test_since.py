"""What the gate asks of a hub once more is known of its people: nobody and nothing is added, and a no is heard."""

from collections.abc import Iterator

import duckdb
import pytest

from exports.gate.leaving import knows_since, show_leaving
from exports.gate.since import begin_since, end_since, forget_since

# A no and an unclear word, an agreement and a request that ended before, and words of services.
_MORE = """
insert into work.hub.consents values
    ('PB', 'communications', 'given', '2026-05-01', 'OBRES'), ('PB', 'communications', 'given', '2026-05-01', 'BUS'),
    ('PB', 'surveys', 'given', '2026-05-01', 'CENS'), ('PA', 'communications', 'given', '2026-05-01', 'ESCOLA'),
    ('PNONE', 'communications', null, '2026-05-01', null);
insert into work.hub.requests values
    ('RENDED', 'PD', null, 'butlletins', '05', 'd@example.org', '2026-04-01', false);
insert into work.hub.agreements values ('iris', 'attend', false);
insert into work.hub.mentions values ('NOBODY', null, 'iris', 'N', 1.0);
"""


@pytest.fixture
def night(hub: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A hub, and one that is the same so far: the last night's."""
    hub.execute(_MORE)
    hub.execute("attach ':memory:' as last; copy from database work to last")
    hub.execute("attach ':memory:' as unheard")
    hub.execute("create table unheard.words (person_id varchar, purpose varchar, service varchar, state varchar,"
                " decided_at timestamp);"
                "create table unheard.marked (person_id varchar, is_deceased boolean, is_protected boolean);"
                "create table unheard.ended (request_id varchar);"
                "create table unheard.unsubscribed (address varchar, occurred_at timestamp);"
                "create table unheard.bounced (address varchar)")  # fmt: skip
    yield hub


_ASKED = {
    "persons": "person_id, is_deceased, is_protected, confidence", "consents": "person_id, purpose, service, state",
    "requests": "request_id, is_active", "campaign_events": "event, address",
    "agreements": "source, purpose, is_in_force",
}  # fmt: skip


def difference(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """What the gate asks and the hub does not say (+), and what the hub says and the gate does not ask (-)."""
    show_leaving(connection)
    found = []
    for table, columns in _ASKED.items():
        past, now = f"select {columns} from work.hub.{table}", f"select {columns} from leaving_{table}"
        for sign, rows in (("-", f"{past} except all {now}"), ("+", f"{now} except all {past}")):
            found += [" ".join([sign + table, *map(str, row)]) for row in connection.execute(rows).fetchall()]
    return sorted(found)


def test_a_hub_of_which_nothing_is_known_since_is_asked_as_it_is(night: duckdb.DuckDBPyConnection) -> None:
    # Of which it is another database that knows.
    night.execute("create schema last.since; create table last.since.gone (person_id varchar)")
    assert not knows_since(night)
    assert difference(night) == []


def test_a_table_that_the_hub_lacks_is_no_view(night: duckdb.DuckDBPyConnection) -> None:
    night.execute("drop table work.hub.agreements; create schema work.raw; create table work.raw.agreements (i int)")
    show_leaving(night)
    views = night.execute("select view_name from duckdb_views() where view_name = 'leaving_agreements'")
    assert views.fetchall() == []


def test_the_last_night_says_who_died_until_it_is_forgotten(night: duckdb.DuckDBPyConnection) -> None:
    night.execute("update last.hub.persons set is_deceased = true where person_id = 'PB'")
    begin_since(night, "last")
    end_since(night, None)
    assert knows_since(night)
    assert difference(night) == ["+persons PB True False 0.99", "-persons PB False False 0.99"]
    forget_since(night)
    assert difference(night) == []


_PB = "-persons PB False False 0.99"
_GIVEN = "-consents PB communications None given"
# Of PB, of whom one mention is somebody else's by now.
_SPLIT = """
update last.hub.mentions set person_id = 'PB2' where mention_id = 'PB-1';
insert into last.hub.persons (person_id, is_deceased, is_protected, confidence) values ('PB2', false, false, 1.0);
insert into last.hub.consents values ('PB2', 'integration', 'given', '2026-05-05', null),
    ('PB2', 'communications', 'given', '2026-05-05', 'OBRES'), ('PB2', 'communications', 'given', '2026-05-05', 'BUS'),
    ('PB2', 'surveys', 'given', '2026-05-05', 'CENS');
"""


_OF_PB = "update last.hub.persons set {} where person_id = 'PB'"
_NOBODY = ["-persons PMINOR False False 1.0"]
_SAID_NOTHING = [f"-consents PMINOR {purpose} None given" for purpose in ("communications", "integration")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("select 1", []),
        # Of a person.
        (_OF_PB.format("is_deceased = null"), [_PB, "+persons PB True False 0.99"]),
        (_OF_PB.format("is_protected = true"), [_PB, "+persons PB False True 0.99"]),
        (_OF_PB.format("is_protected = null"), [_PB, "+persons PB False True 0.99"]),
        (_OF_PB.format("confidence = 0.5"), [_PB, "+persons PB False False 0.5"]),
        (_OF_PB.format("confidence = null"), [_PB, "+persons PB False False 0.0"]),
        ("update last.hub.persons set confidence = 1.0 where person_id = 'PB'", []),
        # The dead and the protected of that date stay so.
        (
            "update work.hub.persons set is_protected = true where person_id = 'PA';"
            "update last.hub.persons set is_deceased = false, is_protected = false",
            [],
        ),
        # Nobody any more: no mention, of no person, of a person that there is not, not even of what is nobody's.
        ("delete from last.hub.mentions where person_id = 'PMINOR'", [*_NOBODY, *_SAID_NOTHING]),
        (
            "update last.hub.mentions set person_id = null where person_id = 'PMINOR'",
            [*_NOBODY, *_SAID_NOTHING],
        ),
        ("delete from last.hub.persons where person_id = 'PMINOR'", _NOBODY),
        # Of whose mentions one is of nobody.
        ("update last.hub.mentions set person_id = null where mention_id = 'PB-1'", []),
        # By another id, and as one with somebody who said no, or is dead.
        (
            "update last.hub.mentions set person_id = 'PNEW' where person_id = 'PB';"
            "update last.hub.persons set person_id = 'PNEW' where person_id = 'PB';"
            "update last.hub.consents set person_id = 'PNEW' where person_id = 'PB'",
            [],
        ),
        (
            "update last.hub.mentions set person_id = 'PDEAD' where person_id = 'PMINOR'",
            ["+persons PMINOR True False 1.0", "-persons PMINOR False False 1.0"],
        ),
        (
            "update last.hub.mentions set person_id = 'PREFUSED' where person_id = 'PMINOR'",
            [f"{sign}consents PMINOR {purpose} None {state}" for purpose in ("communications", "integration")
             for sign, state in (("+", "refused"), ("-", "given"))],
        ),
        # What was nobody's and is by now of somebody who said no tells nothing of that date's people.
        ("update last.hub.mentions set person_id = 'PREFUSED' where mention_id = 'NOBODY'", []),
        # Several by now: what all of them have given, with no other sureness than each.
        (_SPLIT, [_GIVEN]),
        (_SPLIT + "insert into last.hub.consents values ('PB2', 'communications', 'given', '2026-05-05', null)", []),
        (_SPLIT + "update last.hub.persons set is_protected = true where person_id = 'PB2';"
         "insert into last.hub.consents values ('PB2', 'communications', 'refused', '2026-05-05', null)",
         [_PB, "+persons PB False True 0.99", _GIVEN, "+consents PB communications None refused"]),
        # What was said.
        (
            "update last.hub.consents set state = 'withdrawn' where person_id = 'PB' and purpose = 'communications'"
            " and service is null",
            [_GIVEN, "+consents PB communications None withdrawn"],
        ),
        (
            "update last.hub.consents set state = null where person_id = 'PB' and service = 'OBRES'",
            ["-consents PB communications OBRES given", "+consents PB communications OBRES None"],
        ),
        ("delete from last.hub.consents where person_id = 'PB' and service = 'OBRES'",
         ["-consents PB communications OBRES given"]),
        (
            "delete from last.hub.consents where person_id = 'PB' and purpose = 'communications' and service is null",
            [_GIVEN],
        ),
        # Whose word was unclear or no, and who gave it since; a no that is gone.
        ("update last.hub.consents set state = 'given' where person_id in ('PNONE', 'PREFUSED')", []),
        ("delete from last.hub.consents where person_id = 'PREFUSED'", []),
        ("insert into last.hub.consents values ('PNONE', 'integration', 'given', '2026-05-05', null),"
         " ('PSINCE', 'integration', 'refused', '2026-05-05', null)", []),
        # The last of several no.
        (
            "insert into last.hub.consents values ('PNONE', 'integration', 'refused', '2026-05-04', null),"
            " ('PNONE', 'integration', 'withdrawn', '2026-05-05', null)",
            ["+consents PNONE integration None withdrawn"],
        ),
        # Requests and agreements.
        ("update last.hub.requests set is_active = false where request_id = 'RB'",
         ["-requests RB True", "+requests RB False"]),
        ("update last.hub.requests set is_active = null where request_id = 'RB'",
         ["-requests RB True", "+requests RB False"]),
        ("delete from last.hub.requests where request_id = 'RB'", ["-requests RB True", "+requests RB False"]),
        ("update last.hub.requests set is_active = true", []),
        # Of another topic or to another address it is another request.
        *(
            (f"update last.hub.requests set {column} = 'other' where request_id = 'RB'",
             ["-requests RB True", "+requests RB False"])
            for column in ("segment", "topic", "address")
        ),
        ("update last.hub.agreements set is_in_force = false where source = 'padro' and purpose = 'attend'",
         ["-agreements padro attend True", "+agreements padro attend False"]),
        ("delete from last.hub.agreements where source = 'padro' and purpose = 'attend'",
         ["-agreements padro attend True", "+agreements padro attend False"]),
        ("update last.hub.agreements set is_in_force = true", []),
        # Addresses.
        (
            "insert into last.hub.campaign_events values ('unsubscribed', 'a@example.org', '2026-05-05'),"
            " ('opened', 'b@example.org', '2026-05-05')",
            ["+campaign_events unsubscribed a@example.org"],
        ),
    ],
)  # fmt: skip
def test_what_the_last_night_knows_takes_away_and_adds_nothing(
    night: duckdb.DuckDBPyConnection, change: str, expected: list[str]
) -> None:
    night.execute(change)
    begin_since(night, "last")
    end_since(night, None)
    assert difference(night) == sorted(expected)


_PB_REFUSED = "insert into unheard.words values ('PB', 'communications', {}, 'refused', '2026-05-05')"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("select 1", []),
        # A no to all is one to each service of that purpose, and of nobody else.
        (
            _PB_REFUSED.format("null"),
            [f"{sign}consents PB communications {service} {state}" for service in (None, "BUS", "OBRES")
             for sign, state in (("+", "refused"), ("-", "given"))],
        ),
        (
            _PB_REFUSED.format("'OBRES'"),
            ["-consents PB communications OBRES given", "+consents PB communications OBRES refused"],
        ),
        ("insert into unheard.marked values ('PB', true, null)", [_PB, "+persons PB True False 0.99"]),
        ("insert into unheard.marked values ('PB', null, true)", [_PB, "+persons PB False True 0.99"]),
        ("insert into unheard.marked values ('PB', false, false)", []),
        ("insert into unheard.ended values ('RB')", ["-requests RB True", "+requests RB False"]),
        ("insert into unheard.unsubscribed values ('a@example.org', '2026-05-05')",
         ["+campaign_events unsubscribed a@example.org"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("last", [None, "last"])
def test_what_no_night_has_published_yet_takes_away_and_adds_nothing(
    night: duckdb.DuckDBPyConnection, last: str | None, change: str, expected: list[str]
) -> None:
    night.execute(change)
    begin_since(night, last)
    end_since(night, "unheard")
    assert difference(night) == sorted(expected)

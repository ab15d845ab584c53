"""An unsubscription is of the address as well as of the id: whom it counts for, under every spelling of the address."""

from datetime import date

import duckdb
import pytest

from orchestration.dbt.models_alone import render_models
from sources.parsing.readable import READABLE
from tests.support.said import Row, decision, event, person, say, states

D4, D5, D6 = date(2026, 5, 4), date(2026, 5, 5), date(2026, 5, 6)
NOW = "2026-05-05T10:00:00"
COUPLE = [
    person(who, email="casa@example.org", phone="+34600210457", household_id="H1", document=who)
    for who in ("ANNA", "PERE")
]
OTHER = person("OT", email="ot@example.org", phone="+34600210458", household_id="H2", document="OT")


def given(*people: str, told_on: date = D4) -> list[Row]:
    moment = f"{told_on}T09:00:00"
    return [decision(f"{who} {told_on}", "DONAT", moment, told_on, nom=who, document=who) for who in people]


def refusing(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {who for (who, purpose, _), state in states(connection).items() if state != "given"}


@pytest.mark.parametrize(
    "told",
    [
        {"id_persona": "ANNA", "adreca": "casa@example.org"},
        {"id_persona": "ANNA"},
        {"adreca": "Casa <CASA@example.org>"},
        {"id_persona": "ANNA", "canal": "SMS", "esdeveniment": "STOP"},
        {"canal": "SMS", "adreca": "0034600210457"},
    ],
)
def test_it_counts_for_everybody_who_has_the_address_until_they_say_yes_again(told: Row) -> None:
    consents = given("ANNA", "PERE", "OT")
    raw = {"campanyes": [event("N", NOW, D5, **told)]}
    connection = say([*COUPLE, OTHER], {"consentiments": consents} | raw)
    assert refusing(connection) == {"ANNA", "PERE"}
    closed = connection.execute("select distinct person_id, attribute from int_closed_contacts").fetchall()
    assert {who for who, _ in closed} == ({"ANNA", "PERE"} if "adreca" in told else set())
    connection = say([*COUPLE, OTHER], {"consentiments": consents + given("ANNA", told_on=D6)} | raw, D6)
    assert refusing(connection) == {"PERE"}
    assert connection.execute("from int_closed_contacts").fetchall() == []


def test_the_others_reason_is_the_address() -> None:
    raw = {"campanyes": [event("N", NOW, D5, id_persona="ANNA", adreca="casa@example.org")]}
    connection = say(COUPLE, {"consentiments": given("ANNA", "PERE")} | raw)
    query = "select person_id, purpose, service from int_consent_state where is_refused_by_address"
    assert connection.execute(query).fetchall() == [("PERE", "communications", None)]


def test_an_event_without_an_address_is_of_the_one_that_its_message_went_to() -> None:
    events = [
        event("S", NOW, D5, esdeveniment="ENVIAT", adreca="casa@example.org", id_missatge="M"),
        event("N", NOW, D5, adreca=None, id_missatge="M"),
        event("T", NOW, D5, esdeveniment="ENVIAT", adreca="ot@example.org", id_missatge="MO"),
        event("B", NOW, D5, esdeveniment="REBOT_DUR", adreca="no en té", id_missatge="MO"),
    ]
    connection = say([*COUPLE, OTHER], {"consentiments": given("ANNA", "PERE", "OT"), "campanyes": events})
    assert refusing(connection) == {"ANNA", "PERE"}
    assert connection.execute("select address from int_bounced_contacts").fetchall() == [("ot@example.org",)]


def test_a_letter_that_is_refused_is_refused_for_the_home() -> None:
    raw = {"campanyes": [event("N", NOW, D5, id_persona="ANNA", canal="CARTA")]}
    connection = say([*COUPLE, OTHER], {"consentiments": given("ANNA", "PERE", "OT")} | raw)
    closed = connection.execute("select person_id, attribute, value from int_closed_contacts order by 1").fetchall()
    assert closed == [("ANNA", "address", None), ("PERE", "address", None)]
    assert refusing(connection) == {"ANNA"}


EMAILS = [
    "ada@example.org", " ADA@example.org ", "<ada@example.org>", "Ada Pi <ada@example.org>", "mailto:ada@example.org",
    "mailto:ada@example.org?subject=BAIXA", "ada@example.org.", "'ada@example.org", '"ada@example.org"',
    "ada@example.org; altra@example.com", "altra@example.com / ada@example.org",
]  # fmt: skip
PHONES = [
    "600210457", "+34600210457", "0034600210457", "34600210457", "'0034600210457", "34600210457.0", "600 21 04 57",
    "600.210.457", "tel:+34600210457", "931112233 / 600210457", "600210457 o 931112233", "600210457;931112233",
]  # fmt: skip


@pytest.fixture(scope="module")
def read() -> duckdb.DuckDBPyConnection:
    """`addresses_meant`, and what the contracts' rules accept as readable, as `read(written)`."""
    connection = duckdb.connect(":memory:")
    connection.execute(READABLE)
    connection.execute("create table events (_source_key varchar, _extract_date date, id_missatge varchar,"
                       " campanya varchar, segment varchar, tema varchar, id_persona varchar, canal varchar,"
                       " adreca varchar, esdeveniment varchar, moment varchar)")  # fmt: skip
    connection.execute("create table first_told as select _source_key, _extract_date from events")
    name = "stg_campanyes__events"
    relations = {
        "campanyes__esdeveniments": "events", "campanyes__esdeveniments_first_told": "first_told", name: name,
    }  # fmt: skip
    (statement,) = render_models([name], relations)
    connection.execute(statement.replace("create or replace table", "create or replace view"))
    return connection


def meant(read: duckdb.DuckDBPyConnection, written: str) -> tuple[list[str], bool]:
    read.execute("delete from events")
    read.execute("insert into events (adreca) values (?)", [written])
    row = read.execute("select addresses, readable_email($1) or readable_phone($1) from stg_campanyes__events",
                       [written]).fetchone()  # fmt: skip
    assert row is not None
    return row[0], bool(row[1])


@pytest.mark.parametrize("written", EMAILS)
def test_an_email_is_known_under_each_spelling(read: duckdb.DuckDBPyConnection, written: str) -> None:
    addresses, is_readable = meant(read, written)
    assert "ada@example.org" in addresses and is_readable


@pytest.mark.parametrize("written", PHONES)
def test_a_telephone_is_known_under_each_spelling(read: duckdb.DuckDBPyConnection, written: str) -> None:
    addresses, is_readable = meant(read, written)
    assert "+34600210457" in addresses and is_readable


@pytest.mark.parametrize("written", ["+33612345678", "0033612345678", "33612345678", "'+33 6 12 34 56 78"])
def test_a_foreign_telephone_is_known_without_its_plus_sign(read: duckdb.DuckDBPyConnection, written: str) -> None:
    assert meant(read, written) == (["+33612345678"], True)


def test_a_domain_is_the_same_in_letters_and_in_the_form_of_dns(read: duckdb.DuckDBPyConnection) -> None:
    assert meant(read, "rita@caçadors.example") == meant(read, "Rita@xn--caadors-xxa.example")
    assert meant(read, "rita@caçadors.example") != meant(read, "rita@cacadors.example")


@pytest.mark.parametrize(
    "written", ["no en té", "ada@localhost", "ada..b@example.org", "010", "900226226", "666666666", "+34", "ada arroba"]
)
def test_what_is_no_address_is_none_and_the_contract_knows(read: duckdb.DuckDBPyConnection, written: str) -> None:
    assert meant(read, written) == ([], False)

"""What look-ups leave out of lines and cards of others, because it may tell of somebody whose address is reserved."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.casework.find_party import Party
from orchestration.casework.reserved_lines import (
    RESERVED_LINE,
    contacts_of_protected,
    is_reserved,
    tell_of_protected,
    without_reserved,
)
from orchestration.rendering.tables import Table
from sources.contracts.catalogue import load_contracts
from sources.landing.land import land
from sources.parsing.parse import parse
from tests.support.extracts import DAY, attention, attentions_file
from tests.support.published_home import Fil, made_by_hand

SIGNED = ("--who", "A. Arxivera", "--why", "ticket 12")
# NÚRIA's address is reserved; ROSER's is not, nor is her neighbour's of the same given name. O1 is NÚRIA's.
_HUB = """
create schema {name}.hub;
create table {name}.hub.persons as
select *, person_id = 'P1' as is_protected
from (values ('P1', 'NÚRIA', 'Viladevall-Sol'), ('P2', 'ROSER', 'PUIG'), ('P3', 'NÚRIA', 'PUIG'))
as told(person_id, given_name, surname_1);
create table {name}.hub.organisations as select unnest(['O1', 'O2']) as organisation_id;
create table {name}.hub.identifiers as
select * from (values ('P1', null, '45612378T'), ('P2', null, '00000014Z'), ('P1', null, ''))
as told(person_id, organisation_id, number);
create table {name}.hub.mentions as
select source || source_key as mention_id, * from (values ('P1', null, 'padro', 'NIA0000001'),
    ('P2', null, 'atencions', 'A1'), ('P2', null, 'atencions', 'A2'), ('P1', null, 'atencions', 'A3'),
    (null, 'O1', 'atencions', 'A4'), (null, 'O2', 'atencions', 'A4'))
as told(person_id, organisation_id, source, source_key);
create table {name}.hub.person_attributes as
select person_id, mention_id, source_key as attribute, 1 as rank from {name}.hub.mentions where source = 'atencions';
create table {name}.hub.relationships as
select 'administers' as type, person_id, related_organisation_id
from (values ('P1', 'O1'), ('P2', 'O2')) as told(person_id, related_organisation_id);
create table {name}.hub.person_events (
    event varchar, ids_before varchar[], ids_after varchar[], cause varchar, business_date date);
create table {name}.hub.organisation_events as from {name}.hub.person_events;
"""


@pytest.fixture
def hub() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute("attach ':memory:' as published")
        connection.execute(_HUB.format(name="published"))
        yield connection


def test_a_line_tells_of_who_is_protected_by_document_inscription_or_name(hub: duckdb.DuckDBPyConnection) -> None:
    lines = ["45.612.378-t", "NIA 0000001", "la Núria viladevall sol", "N\\u00daRIA VILADEVALL SOL", "Núria Puig", ""]
    assert tell_of_protected(hub, lines) == {0, 1, 2, 3}
    assert tell_of_protected(hub, lines, but=["P2"]) == {0, 1, 2, 3}
    assert tell_of_protected(hub, lines, but=["P1"]) == set()


def test_a_line_tells_of_who_is_protected_by_their_landed_contacts(
    hub: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """The hub does not have them; of ROSER, who is not protected, they may be shown."""
    (contract,) = [one for one in load_contracts() if one.source == "atencions"]
    rows = [
        attention("A1", email="roser@example.org"),
        attention("A3", email="Nuria.V@example.org", telefon="+34 612 000 333", adreca="Balmes", numero="12"),
    ]
    content = attentions_file(*rows)
    place = tmp_path / "inbox" / "atencions" / "atencions_20260504.jsonl"
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    control = {"rows": len(rows), "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    place.with_name(place.name + ".control.json").write_text(json.dumps(control))
    land(tmp_path, contract, DAY)
    (result,) = parse(tmp_path, contract, DAY)
    assert result.rows_loaded == 2
    contacts = contacts_of_protected(hub, tmp_path)
    assert contacts == ["612000333", "NURIAVEXAMPLEORG"]
    lines = [
        '{"email": "nuria.v@example.org", "adreca": "Marina"}', '{"telefon": "0034612000333"}', "612-00-03-33",
        "roser@example.org", "Balmes 12", "612000334",
    ]  # fmt: skip
    assert tell_of_protected(hub, lines, contacts=contacts) == {0, 1, 2}


def test_an_organisation_is_reserved_with_who_answers_for_it(hub: duckdb.DuckDBPyConnection) -> None:
    found = {party: is_reserved(hub, Party(party)) for party in ("P1", "P2", "O1", "O2")}
    assert found == {"P1": True, "P2": False, "O1": True, "O2": False}


def test_rows_of_anothers_card_that_tell_of_who_is_protected_are_counted_and_not_shown(
    hub: duckdb.DuckDBPyConnection,
) -> None:
    tables = [
        Table("Licences", ["licence", "place"], [["L1", "at Núria Viladevall Sol's"], ["L2", None]]),
        Table("Documents", ["number"], [["00000014Z"]]),
    ]
    licences, documents = without_reserved(hub, tables, Party("P2"))
    assert (licences.rows, licences.note, documents) == ([["L2", None]], f"1 {RESERVED_LINE}", tables[1])
    assert without_reserved(hub, tables, Party("P1")) == tables
    assert without_reserved(hub, [], Party("P1")) == []


def test_a_traced_line_is_not_shown_where_it_tells_of_who_is_protected(home: Path, fil: Fil) -> None:
    """Her own line, one of another's that names her, and those of an organisation that she answers for."""
    content = attentions_file(
        attention("A1", nom="Roser", cognom_1="Puig", adreca="Carrer Obert"),
        attention("A2", nom="Roser", cognom_1="Puig", adreca="Casa de la Núria Viladevall-Sol, Carrer Secret"),
        attention("A3", nom="Anon", adreca="Carrer Secret"),
        attention("A4", nom="Anon", adreca="Carrer de la Seu"),
    )
    path = home / "inbox" / "atencions" / "atencions_20260504.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    control = {"rows": 4, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    path.with_name(f"{path.name}.control.json").write_text(json.dumps(control))
    (atencions,) = (contract for contract in load_contracts() if contract.source == "atencions")
    land(home, atencions, DAY)
    parse(home, atencions, DAY)
    published = home / "published" / "2026-05-04"
    published.mkdir(parents=True)
    with made_by_hand(published / "fil.duckdb") as connection:
        connection.execute(_HUB.format(name="fil"))
    (home / "published" / "current").symlink_to("2026-05-04")
    open_line = fil("person", "trace", "P2", *SIGNED)
    assert open_line.code == 0, open_line.err
    assert "Carrer Obert" in open_line.out and "Secret" not in open_line.out
    assert open_line.out.count(RESERVED_LINE) == 1
    for party, is_shown in (("P1", False), ("O1", False), ("O2", True)):
        told = fil("person", "trace", party, *SIGNED)
        assert told.code == 0, told.err
        assert ("Secret" in told.out, "Carrer de la Seu" in told.out) == (False, is_shown)
        assert (RESERVED_LINE in told.out) == (not is_shown)

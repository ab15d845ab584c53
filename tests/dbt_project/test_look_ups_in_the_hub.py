"""Persons and organisations of the hand-made hub, looked up by id or document and shown as a card."""

from collections.abc import Iterator

import duckdb
import pytest

from orchestration.casework.card import card, golden_mentions, history
from orchestration.casework.find_party import Party, find_parties, find_person
from orchestration.home.redaction import StepFailed


@pytest.fixture
def published(hub: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published hub."""
    tables = hub.execute(
        "select table_name from duckdb_tables() where database_name = 'work' and schema_name = 'hub'"
    ).fetchall()
    views = (f"create view published.hub.{name} as from work.hub.{name};" for (name,) in tables)
    hub.execute("attach ':memory:' as published; create schema published.hub;" + "".join(views))
    yield hub
    hub.execute("detach published")


def test_an_id_of_any_day_or_a_document_means_a_person_or_an_organisation(
    published: duckdb.DuckDBPyConnection,
) -> None:
    of_document = [("00.000.014-z", "P1"), ("DNI 14-Z", "P1"), ("d.n.i. 00000014Z", "P1"), ("CIF b12345674", "OF")]
    for told, meant in [("b-1234567 4", "OF"), ("OF", "OF"), ("PZ", "P1"), ("P3", "P3"), *of_document]:
        assert find_parties(published, told) == [Party(meant)]
    assert find_person(published, "pz") == ["P1"]
    for told, why in [("PNOBODY", "no person or organisation"), ("PRETIRED", "since the night of 2026-05-04")]:
        with pytest.raises(StepFailed, match=why):
            find_parties(published, told)
    with pytest.raises(StepFailed, match="belongs to an organisation"):
        find_person(published, "OF")


def test_the_card_of_an_organisation_says_who_runs_it_what_it_holds_and_asked_for(
    published: duckdb.DuckDBPyConnection,
) -> None:
    told = {table.title.split(",")[0]: [dict(zip(table.columns, row, strict=True)) for row in table.rows]
            for table in card(published, Party("OF"))}  # fmt: skip
    assert told["The organisation"][0]["nif"] == "B12345674"
    assert {row["source"] for row in told["Values from each source"]} == {"contribuents", "iris"}
    ties = [(row["type"], row["direction"], row["other"]) for row in told["Administrators"]]
    assert ties == [("administers", "from", "P1"), ("representative_of", "to", "O9")]
    assert [row["tax"] for row in told["Tax objects"]] == ["IVTM"]
    assert len(told["Complaints"]) == len(told["Pending matters"]) == 2
    (ids,) = history(published, Party("OF"))
    assert ids.title == "Ids"
    assert {key for _, key, _ in golden_mentions(published, Party("OF"), None)} >= {"8", "E2"}


def test_every_section_of_a_persons_card_names_source_and_date(published: duckdb.DuckDBPyConnection) -> None:
    told = {table.title: table for table in card(published, Party("P1"))}
    assert {"Identity and contact, the golden values", "The Padró, as it shows the person today", "Tax objects",
            "Ties", "Consents", "Documents", "Standing"} <= {*told}  # fmt: skip
    dates = {"since", "occurred_at", "decided_at", "valid_from", "subscribed_on", "answered_on", "observed", "opened"}
    for title, table in told.items():
        if title not in ("Documents", "Standing"):
            assert "source" in table.columns and dates & {*table.columns}, title

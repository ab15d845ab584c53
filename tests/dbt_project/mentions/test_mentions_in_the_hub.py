"""What a mention of the hand-made hub becomes: names, contacts, documents, and the person it belongs to."""

from pathlib import Path

import duckdb
import pytest

from orchestration.home.work_database import work_database
from sources.contracts.catalogue import load_contracts
from tests.support.hand_made import dbt_build, load_raw


def mention(hub: duckdb.DuckDBPyConnection, key: str, columns: str) -> tuple[object, ...] | None:
    return hub.execute(
        f"select {columns} from work.intermediate.int_person_mentions where source_key = ?", [key]
    ).fetchone()


def test_mention_ids_come_from_raw_keys(hub: duckdb.DuckDBPyConnection) -> None:
    assert mention(hub, "N1", "mention_id = md5('padro|N1'), is_register, is_live") == (True, True, True)


def test_entries_are_of_the_registers_that_contracts_name(hub: duckdb.DuckDBPyConnection) -> None:
    """The contracts, not the models, name the sources in which each entry is one person."""
    named = {one.source for one in load_contracts() if one.lists_each_person_once}
    assert named == {"padro", "contribuents"}
    found = hub.execute(
        "select distinct entry_of from work.intermediate.int_source_mentions where entry_of is not null"
    ).fetchall()
    assert {row[0] for row in found} == named
    assert mention(hub, "A1", "entry_of") == (None,)


def test_names_and_streets_are_normalised(hub: duckdb.DuckDBPyConnection) -> None:
    columns = "given_name, surname_1, street, street_number, postcode"
    assert mention(hub, "N1", columns) == ("MARIA", "PUIG", "BALMES", "12", "08007")
    assert mention(hub, "A1", columns) == ("MARI", "PUIG SOLA", "ARAGO", "12", "08007")


def test_contacts_are_normalised_and_short_codes_dropped(hub: duckdb.DuckDBPyConnection) -> None:
    assert mention(hub, "A1", "email, phone") == ("m@example.org", "+34934123456")
    assert mention(hub, "A2", "phone, postcode, street") == (None, "08007", None)
    assert mention(hub, "S0", "phone, postcode") == (None, None)


def test_documents_are_judged(hub: duckdb.DuckDBPyConnection) -> None:
    columns = "document_type, document, is_document_valid"
    assert mention(hub, "A2", columns) == ("DNI", "00000014Z", True)
    assert mention(hub, "A1", columns) == (None, None, False)  # two digits are too few to guess six zeros
    assert mention(hub, "N4", columns) == (None, None, False)  # a placeholder that checks


def test_a_shared_email_links_nobody_and_is_nobodys_contact(hub: duckdb.DuckDBPyConnection) -> None:
    assert mention(hub, "S0", "email") == (None,)
    assert hub.execute("select email from work.hub.persons where person_id = 'PS0'").fetchone() == (None,)


def test_a_record_that_names_nobody_is_no_mention(hub: duckdb.DuckDBPyConnection) -> None:
    assert mention(hub, "A5", "1") is None
    assert hub.execute(
        "select person_id, is_identified from work.hub.interactions where source_key = 'A5'"
    ).fetchone() == (None, False)


def test_a_mention_in_review_belongs_to_nobody(hub: duckdb.DuckDBPyConnection) -> None:
    assert hub.execute("select person_id, is_in_review from work.hub.mentions where source_key = 'A7'").fetchone() == (
        None,
        True,
    )
    assert hub.execute(
        "select person_id, is_identified from work.hub.interactions where source_key = 'A7'"
    ).fetchone() == (None, False)


@pytest.mark.long
def test_an_encrypted_hub_is_built_and_its_key_stays_out_of_logs(tmp_path: Path) -> None:
    key = "6b" * 32
    load_raw(tmp_path / "work.duckdb", key)
    dbt_build(tmp_path / "work.duckdb", "prelink", key)
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "hub.key"]
    assert not any(key.encode() in content or b"VILADEVALL" in content for content in written)
    with work_database(tmp_path / "work.duckdb", key) as connection:
        assert connection.execute("select count(*) from work.intermediate.int_person_mentions").fetchone() == (67,)


def test_an_email_left_for_an_answer_is_nobodys_contact(hub: duckdb.DuckDBPyConnection) -> None:
    assert mention(hub, "F1", "email, document") == ("nuria.vila@example.org", None)
    found = hub.execute("select email, given_name from work.hub.persons where person_id = 'PF1'").fetchall()
    assert found == [(None, "Núria")]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("E1", ("P0801900B", True, "AJUNTAMENT DE BARCELONA", None)),
        ("E2", ("B12345674", True, "FUSTES PUJOL", "SL")),
        ("E3", ("B12345675", False, "FUSTES PUJOL", "SL")),
        ("E4", (None, False, "VEINS DEL COLL", "ASSOCIACIO")),
        ("E5", None),
    ],
)
def test_an_organisations_number_name_and_legal_form(
    hub: duckdb.DuckDBPyConnection, key: str, expected: tuple[object, ...] | None
) -> None:
    columns = "nif, is_nif_valid, legal_name, legal_form"
    query = f"select {columns} from work.intermediate.int_organisation_mentions where source_key = ?"
    assert hub.execute(query, [key]).fetchone() == expected

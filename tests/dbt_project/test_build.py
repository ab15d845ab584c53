"""Both halves of dbt's work on a hand-made work database: what a trap becomes, and who a person turns out to be."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.database import create_work_database, work_database
from sources.loading import raw_relations
from sources.registry import load_contracts
from tests.dbt_project import hand_made

ROOT = Path(__file__).resolve().parents[2]
DBT = Path(sys.executable).parent / "dbt"
DAY = date(2026, 5, 4)


def load_raw(path: Path, key: str | None) -> None:
    create_work_database(path, key, DAY)
    with work_database(path, key) as connection:
        for contract in load_contracts():
            columns = ", ".join(f"{field.column} varchar" for field in contract.fields)
            for relation in raw_relations(contract):
                why = "_reason varchar, " if relation.endswith("_quarantined") else ""
                connection.execute(
                    f"create table work.raw.{relation} "
                    f"({why}{columns}, _source_key varchar, _line_number bigint, _extract_date date)"
                )
        for rows in hand_made.RAW:
            connection.execute(rows)


def dbt_build(path: Path, tag: str, key: str | None = None) -> None:
    environment = os.environ | {"FIL_WORK_DB": str(path), "FIL_DBT_TARGET": "encrypted" if key else "plain"}
    if key:
        environment["FIL_HUB_KEY"] = key
    project = str(ROOT / "dbt_project")
    artifacts = ["--target-path", str(path.parent / "target"), "--log-path", str(path.parent / "logs")]
    command = [str(DBT), "build", "--select", f"tag:{tag}", "--project-dir", project, "--profiles-dir", project]
    result = subprocess.run(command + artifacts, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    path = tmp_path_factory.mktemp("dbt") / "work.duckdb"
    load_raw(path, None)
    dbt_build(path, "prelink")
    with work_database(path, None) as connection:
        connection.execute(hand_made.LINKAGE)
    dbt_build(path, "postlink")
    with work_database(path, None) as connection:
        yield connection


def mention(hub: duckdb.DuckDBPyConnection, key: str, columns: str) -> tuple[object, ...] | None:
    return hub.execute(
        f"select {columns} from work.intermediate.int_person_mentions where source_key = ?", [key]
    ).fetchone()


def test_mention_ids_come_from_raw_keys(hub: duckdb.DuckDBPyConnection) -> None:
    assert mention(hub, "N1", "mention_id = md5('padro|N1'), is_register, is_live") == (True, True, True)


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


def test_the_golden_record(hub: duckdb.DuckDBPyConnection) -> None:
    columns = (
        "full_name, birth_date, sex, document_type, document, email, phone, language, street, street_number, "
        "district_code, census_section, x_etrs89, is_resident, is_deceased, is_minor, source_count, mention_count, "
        "confidence, first_seen_date, last_seen_date"
    )
    row = hub.execute(f"select {columns} from work.hub.persons where person_id = 'P1'").fetchone()
    assert row == (
        *("MARIA DE LA PUIG SOLER", date(1980, 1, 1), "F", "DNI", "00000014Z", "m@example.org", "+34934123456", "ca"),
        *("CALLE BALMES", "12", "01", "01003", 430000.5, True, False, False, 3, 7, 0.976543),
        *(date(2010, 1, 1), date(2026, 5, 5)),
    )


def test_an_unknown_day_of_birth_leaves_the_year_and_death_ends_residence(hub: duckdb.DuckDBPyConnection) -> None:
    columns = "birth_date, birth_year, is_minor, is_resident, is_deceased, household_id"
    assert hub.execute(f"select {columns} from work.hub.persons where person_id = 'P2'").fetchone() == (
        *(None, 1930, False, False, True, None),
    )


def test_consents_up_to_the_business_date_latest_wins_and_children_only_refuse(
    hub: duckdb.DuckDBPyConnection,
) -> None:
    rows = hub.execute("select person_id, purpose, state from work.hub.consents order by all").fetchall()
    assert rows == [
        ("P1", "communications", "refused"),
        ("P1", "integration", "refused"),  # on 5 May, which is tomorrow
        ("P2", "communications", "refused"),  # in a refused row
        ("P2", "integration", "refused"),  # in one of two rows of one key
        ("P3", "communications", "refused"),
        ("P3", "integration", "refused"),
    ]
    assert hub.execute("select count(*) from work.hub.consent_events").fetchone() == (15,)


def test_a_withdrawal_in_a_refused_row_says_where_it_stands(hub: duckdb.DuckDBPyConnection) -> None:
    found = hub.execute(
        "select evidence, person_id, purpose, decided_at::varchar from work.hub.consent_events "
        "where evidence like 'quarantine of %' order by all"
    ).fetchall()
    place = "quarantine of 2026-05-04, line"
    assert found == [
        (f"{place} 90", "P2", "communications", "2026-05-04 12:00:00"),
        (f"{place} 91", "P2", "integration", "2026-05-04 12:00:00"),
        (f"{place} 92", "P3", "communications", "2026-05-04 23:59:59.999999"),
        (f"{place} 92", "P3", "integration", "2026-05-04 23:59:59.999999"),
        (f"{place} 93", None, "integration", "2026-05-04 12:00:00"),
    ]


def test_a_document_alone_gives_neither_consent_nor_contact_data(hub: duckdb.DuckDBPyConnection) -> None:
    said = "select person_id, is_named, state from work.hub.consent_events where decided_at = '2026-05-04 20:00:00'"
    assert hub.execute(said).fetchall() == [("P1", False, "given")]
    assert hub.execute("select email from work.hub.persons where person_id = 'P1'").fetchone() == ("m@example.org",)


def test_households_count_residents(hub: duckdb.DuckDBPyConnection) -> None:
    rows = hub.execute("select household_id, member_count, minor_count from work.hub.households order by 1").fetchall()
    assert rows == [("H1", 2, 1), ("H2", 1, 0)]


def test_every_mart_and_column_is_described(hub: duckdb.DuckDBPyConnection) -> None:
    undescribed = hub.execute(
        "select table_name, column_name from duckdb_columns() "
        "where database_name = 'work' and schema_name = 'hub' and comment is null "
        "union all select table_name, null from duckdb_tables() where database_name = 'work' "
        "and schema_name = 'hub' and (comment is null or not starts_with(comment, 'One row per '))"
    ).fetchall()
    assert undescribed == []


def test_an_encrypted_hub_is_built_and_its_key_stays_out_of_logs(tmp_path: Path) -> None:
    key = "a key of the test"
    load_raw(tmp_path / "work.duckdb", key)
    dbt_build(tmp_path / "work.duckdb", "prelink", key)
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(key.encode() in content or b"VILADEVALL" in content for content in written)
    with work_database(tmp_path / "work.duckdb", key) as connection:
        assert connection.execute("select count(*) from work.intermediate.int_person_mentions").fetchone() == (20,)


def test_a_card_of_iris_in_either_language_and_its_answer_time(hub: duckdb.DuckDBPyConnection) -> None:
    found = hub.execute(
        "select source_key, channel, subject, status, answer_days, is_identified from work.hub.interactions "
        "where source = 'iris' and source_key like 'F%' order by 1"
    ).fetchall()
    assert found == [
        ("F1", "APP", "INCIDENCIA", "RESOLT", 3, True),
        ("F2", "WEB", "QUEIXA", "PENDENT", None, False),
    ]


def test_an_email_left_for_an_answer_is_nobodys_contact(hub: duckdb.DuckDBPyConnection) -> None:
    assert mention(hub, "F1", "email, document") == ("nuria.vila@example.org", None)
    found = hub.execute("select email, given_name from work.hub.persons where person_id = 'PF1'").fetchall()
    assert found == [(None, "Núria")]


def test_a_taxed_object_belongs_to_its_holder_and_a_tax_address_to_nobody(hub: duckdb.DuckDBPyConnection) -> None:
    found = hub.execute(
        "select tax, person_id, holding_right, share_percent::double from work.hub.tax_objects order by tax"
    ).fetchall()
    assert found == [("IBI", "P1", "OWNERSHIP", 50.0), ("IVTM", None, None, 100.0)]
    sources = hub.execute(
        "select distinct attribute from work.intermediate.int_attribute_candidates "
        "where source = 'contribuents' order by 1"
    ).fetchall()
    assert sources == [("document",), ("name",)]


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


def test_an_organisation_with_its_numbers_mentions_and_cards(hub: duckdb.DuckDBPyConnection) -> None:
    columns = "nif, is_nif_valid, legal_name, legal_form, type, mention_count"
    found = hub.execute(f"select {columns} from work.hub.organisations where organisation_id = 'OF'").fetchall()
    assert found == [("B12345674", True, "FUSTES PUJOL SL", "SL", "COMPANY", 4)]
    numbers = "select number, is_valid, is_current, person_id from work.hub.identifiers where organisation_id = 'OF'"
    assert hub.execute(numbers + " order by 1").fetchall() == [
        ("B12345674", True, True, None),
        ("B12345675", False, False, None),
    ]
    theirs = "select count(*) from work.hub.{} where organisation_id = 'OF'"
    assert hub.execute(theirs.format("mentions")).fetchone() == (4,)
    assert hub.execute(theirs.format("interactions")).fetchone() == (2,)


def test_who_administers_whom_and_who_lives_together(hub: duckdb.DuckDBPyConnection) -> None:
    columns = "type, person_id, organisation_id, related_person_id, related_organisation_id, valid_from::varchar"
    assert hub.execute(f"select {columns} from work.hub.relationships order by all").fetchall() == [
        ("administers", "P1", None, None, "OF", "2011-01-01"),
        ("guardian_of", "P1", None, "P3", None, None),
        ("lives_with", "P1", None, "P3", None, None),
        ("representative_of", None, "OF", None, "O9", "2011-01-01"),
    ]

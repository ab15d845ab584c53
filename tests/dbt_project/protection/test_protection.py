"""Whose address and contact are hidden: who is named, who lives with them, and who could be one of them."""

import hashlib
from datetime import date

import duckdb
import polars as pl
import pytest

from orchestration.dbt.models_alone import render_models

DAY = date(2026, 5, 4)
SHELTER = 13
Row = dict[str, object]


def mention(name: str, person: str | None, **told: object) -> Row:
    """A mention with its values; without a household it is no inscription."""
    empty = dict.fromkeys(
        ("household_id", "document_type", "document", "document_raw", "given_name", "surname_1", "surname_2", "street",
         "email", "phone", "birth_date")
    )  # fmt: skip
    is_inscribed = "household_id" in told
    about = {"source": "padro" if is_inscribed else "iris", "source_key": name, "is_live": is_inscribed}
    return empty | {"mention_id": name, "person_id": person, **about} | told


ELENA = {"given_name": "ELENA", "surname_1": "CASAL", "surname_2": "MIR", "birth_date": date(1990, 2, 1)}
PEOPLE = [
    mention("named", "P1", household_id="H1", **ELENA, street="ARAGO"),
    mention("linked", "P1", email="e@example.org", phone="+34600000001", given_name="ELENA", surname_1="CASAL"),
    mention("child", "P2", household_id="H1", given_name="NIL"),
    mention("neighbour", "P3", household_id="H2", given_name="PAU", street="ARAGO"),
    mention("same name and birth", "P4", **ELENA),
    mention("that person's other", "P4", street="MARINA"),
    mention("same name", "P5", **ELENA | {"birth_date": None, "surname_2": "PLA"}),
    mention("same name and street", "P6", given_name="ELENA", surname_1="CASAL", street="ARAGO"),
    mention("another of the street", "P13", **ELENA | {"birth_date": date(1951, 3, 3)}, street="ARAGO"),
    mention("another's surname", "P14", **ELENA | {"birth_date": None, "surname_2": "PLA"}, street="ARAGO"),
    mention("same name and e-mail", "P7", given_name="ELENA", surname_1="CASAL", email="e@example.org"),
    mention("disputed", None),
    mention("another in a case", "P8"),
    mention("letter mistyped", "P9", document_type="DNI", document="12345678Z", document_raw="12.345.678-Z"),
    mention("written otherwise", "P15", document_type="DNI", document="01234567L", document_raw="1.234.567-l"),
    mention("refused", "P10", document="X1234567L", document_raw="X1234567L"),
    mention("who has left the Padró", "P16", email="left@example.org"),
    mention("no name, same e-mail", "P17", email="e@example.org"),
    mention("no surname, same telephone", "P18", given_name="LENA", phone="+34600000001"),
    mention("another surname, same e-mail", "P19", given_name="LENA", surname_1="PRAT", email="e@example.org"),
    mention("no contact", "P20"),
    mention("ended", "P11", household_id="H3"),
    mention("last day", "P12", household_id="H4"),
    *(mention(f"shelter {i}", f"PS{i}", household_id="H5") for i in range(SHELTER)),
]
HIDDEN = {
    "named", "linked", "child", "same name and birth", "that person's other", "same name and street",
    "same name and e-mail", "disputed", "letter mistyped", "written otherwise", "refused", "last day", "shelter 0",
    "who has left the Padró", "no name, same e-mail", "no surname, same telephone",
}  # fmt: skip
TOLD = [
    {"source_key": "1", "padro_person_id": "named", "documents": [], "ends_on": None},
    {"source_key": "2", "padro_person_id": None, "documents": ["12345678A"], "ends_on": None},
    {"source_key": "3", "padro_person_id": "ended", "documents": [], "ends_on": date(2026, 5, 3)},
    {"source_key": "4", "padro_person_id": "last day", "documents": [], "ends_on": DAY},
    {"source_key": "5", "padro_person_id": "shelter 0", "documents": [], "ends_on": None},
    {"source_key": "6", "padro_person_id": "nobody", "documents": ["99999999R"], "ends_on": None},
]
# The id of the last night that had the inscription was merged into another since.
TOLD += [{"source_key": "8", "padro_person_id": "left", "documents": [], "ends_on": None}]
ABSENT = {"mention_id": [hashlib.md5(b"padro|left", usedforsecurity=False).hexdigest()], "person_id": ["P15 before"]}
TOLD += [{"source_key": "7", "padro_person_id": None, "documents": ["1234567L"], "ends_on": None}]
REFUSED = [{"place": "line 7", "padro_person_id": None, "documents": ["X1234567L"]}]
CASES = [
    {"mention_ids_l": ["named"], "mention_ids_r": ["disputed"]},
    {"mention_ids_l": ["another in a case"], "mention_ids_r": ["linked"]},
]


@pytest.fixture(scope="module")
def hidden() -> duckdb.DuckDBPyConnection:
    people = pl.DataFrame(PEOPLE, infer_schema_length=None)
    tables = {
        "int_business_date": pl.DataFrame({"business_date": [DAY]}), "int_person_links": people,
        "int_mention_values": people, "int_person_mentions": people.drop("person_id"),
        "stg_proteccions__proteccions": pl.DataFrame(TOLD).with_columns(
            other_padro_person_id=pl.lit(None, pl.String)
        ), "stg_proteccions__quarantined": pl.DataFrame(REFUSED),
        "stg_linkage__review_cases": pl.DataFrame(CASES), "stg_linkage__absent_links": pl.DataFrame(ABSENT),
        "int_current_person_ids": pl.DataFrame({"issued_id": ["P15 before", "P16"], "person_id": ["P16", "P16"]}),
        "stg_contribuents__representatives": pl.DataFrame(
            {"record_id": ["linked", "neighbour"], "taxpayer_record_id": ["seat", "shop"]}
        ),
        "stg_tramits_hisenda__representatives": pl.DataFrame(
            {"record_id": ["another's surname"], "represented_record_id": ["shop"]}
        ),
        "stg_linkage__organisation_links": pl.DataFrame(
            {"mention_id": ["seat", "seat's card", "shop"], "organisation_id": ["O1", "O1", "O2"]}
        ).vstack(pl.DataFrame({"mention_id": ["trader"], "organisation_id": ["O3"]})),
        # Under the document of a protected person, and under a company's.
        "int_organisation_keys": pl.DataFrame(
            {"organisation_id": ["O3", "O2"], "kind": "document", "value": ["1234567L", "B61234567"]}
        ),
    }  # fmt: skip
    connection = duckdb.connect(":memory:")
    for name, frame in tables.items():
        connection.register(name, frame.to_arrow())
    models = ["int_protections", "int_protected_mentions", "int_protected_organisations"]
    for statement in render_models(models, {name: name for name in (*tables, *models)}):
        connection.execute(statement)
    return connection


def test_who_is_named_or_lives_with_them_or_could_be_one_of_them_is_hidden(hidden: duckdb.DuckDBPyConnection) -> None:
    found = hidden.execute("select mention_id, person_id from int_protected_mentions").fetchall()
    persons = {str(one["mention_id"]): one["person_id"] for one in PEOPLE}
    assert dict(found) == {name: persons[name] for name in HIDDEN}
    assert len(found) == len(HIDDEN)


def test_an_organisation_that_they_answer_for_may_have_its_seat_at_their_home(
    hidden: duckdb.DuckDBPyConnection,
) -> None:
    found = hidden.execute("select mention_id, organisation_id from int_protected_organisations order by 1").fetchall()
    assert found == [("seat", "O1"), ("seat's card", "O1"), ("trader", "O3")]


def test_a_refused_row_protects_whatever_stands_in_its_columns() -> None:
    connection = duckdb.connect(":memory:")
    connection.execute(
        "create table refused as select * from (values ('13106335S', '1003720'), ('', 'DNI 21736457P'),"
        " ('1007977.0', null))"
        " as told(nia, document), (select date '2026-05-04' as _extract_date, 7 as _line_number)"
    )
    name = "stg_proteccions__quarantined"
    (statement,) = render_models([name], {"proteccions__proteccions_quarantined": "refused", name: name})
    connection.execute(statement)
    rows = connection.execute(
        f"select padro_person_id, unnest(if(len(documents) = 0, [null], documents)) from {name}"
    ).fetchall()
    assert {("000000001003720", "13106335S"), (None, "21736457P"), ("000000001007977", None)} <= set(rows)
    assert "000000010079770" not in {number for number, _ in rows}


def test_a_protection_of_nobody_known_is_not_lost(hidden: duckdb.DuckDBPyConnection) -> None:
    unknown = hidden.execute("select place from int_protections where mention_id is null").fetchall()
    assert unknown == [("proteccions 6",)]

"""Who was struck off as dead and inscribed anew: an inscription made after a death says that the person lives."""

from datetime import date

import duckdb
import polars as pl
import pytest

from orchestration.dbt.models_alone import render_models

Row = dict[str, object]


def inscription(key: str, who: str | None, entered: str, died: str | None = None) -> Row:
    """An inscription that is in force since one day, or was removed for death on another."""
    is_dead = died is not None
    return {
        "mention_id": key, "person_id": who, "source": "padro", "is_live": not is_dead, "is_deceased": is_dead,
        "first_seen_date": date.fromisoformat(entered), "is_document_valid": True,
        "last_seen_date": date.fromisoformat(died) if died else date(2026, 5, 4),
    }  # fmt: skip


INSCRIPTIONS = [
    inscription("back 1", "BACK", "1998-06-02", died="2026-03-10"),
    inscription("back 2", "BACK", "2026-04-15"),
    inscription("dead 1", "DEAD", "2024-01-10"),
    inscription("dead 2", "DEAD", "1996-05-01", died="2026-04-12"),
    inscription("that day 1", "THAT_DAY", "1996-05-01", died="2026-04-12"),
    inscription("that day 2", "THAT_DAY", "2026-04-12"),
    inscription("twice 1", "TWICE", "1990-01-01", died="2020-01-01"),
    inscription("twice 2", "TWICE", "2021-01-01", died="2026-01-01"),
    inscription("twice 3", "TWICE", "2020-06-01"),
    inscription("alive", "ALIVE", "2020-06-01"),
    # Of these two only an e-mail is known: that of the dead one, and that of the dead one and another.
    inscription("newsletter 1", "OF_DEAD", "2026-01-01") | {"is_live": False},
    inscription("newsletter 2", "OF_BOTH", "2026-01-01") | {"is_live": False},
    inscription("nobody's 1", None, "2020-01-01", died="2021-01-01"),
    inscription("nobody's 2", None, "2022-01-01"),
]


@pytest.fixture(scope="module")
def hub() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    names = ("given_name", "surname_1", "surname_2", "document_type", "document", "document_country", "street",
             "street_number", "postcode", "district_code", "barri_code", "census_section")  # fmt: skip
    told = pl.DataFrame(INSCRIPTIONS).with_columns(
        *(pl.lit(None, pl.String).alias(name) for name in names),
        x_etrs89=pl.lit(None, pl.Float64), y_etrs89=pl.lit(None, pl.Float64),
    )  # fmt: skip
    connection.register("told", told.to_arrow())
    connection.execute("""
        create table int_mention_values as select * exclude (person_id) from told;
        create table int_person_links as select mention_id, person_id, 1.0 as cluster_confidence from told;
        create table int_business_date as select date '2026-05-04' as business_date;
        create table stg_run__link_only_sources as select '' as source where false;
        create table int_protected_persons as select '' as person_id where false;
        create table int_mention_addresses as select '' as mention_id, '' as address_id where false;
        create table int_addresses as select '' as address_id, '' as district_code, '' as barri_code,
            '' as census_section, 0.0 as x_etrs89, 0.0 as y_etrs89, '' as match_quality where false;
        create table int_ranked_attributes as select '' as person_id, '' as attribute, '' as mention_id, '' as value,
            1 as rank where false;
        create table int_nameless_persons as select * from (values ('OF_DEAD', 'DEAD'), ('OF_BOTH', 'DEAD'),
            ('OF_BOTH', 'ALIVE')) as t(person_id, other_person_id);
        create table int_interactions as select '' as mention_id where false;
        create table stg_linkage__organisation_links as select '' as mention_id, '' as organisation_id where false;
        create table stg_linkage__review_cases as select 'person' as entity, '' as kind, '' as reason,
            '' as mention_id_l, '' as mention_id_r, 0.0 as match_weight, [''] as mention_ids_l, [''] as mention_ids_r,
            false as is_in_review_l, false as is_in_review_r, 1::bigint as register_entries_l,
            1::bigint as register_entries_r, 1::bigint as valid_documents_l, 1::bigint as valid_documents_r
            where false;
    """)
    models = ["persons", "int_review_cases"]
    tables = [str(name) for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
    for statement in render_models(models, {name: name for name in (*tables, *models)}):
        connection.execute(statement)
    return connection


def test_an_inscription_after_a_death_says_that_the_person_lives(hub: duckdb.DuckDBPyConnection) -> None:
    found = hub.execute("select person_id, is_deceased, is_resident from persons order by all").fetchall()
    assert found == [
        ("ALIVE", False, True),
        ("BACK", False, True),
        ("DEAD", True, False),
        ("OF_BOTH", False, False),
        ("OF_DEAD", True, False),
        ("THAT_DAY", True, False),
        ("TWICE", True, False),
    ]


def test_a_steward_is_asked_whether_the_two_are_one(hub: duckdb.DuckDBPyConnection) -> None:
    """No case is made if the only live inscription is older than the death."""
    cases = hub.execute(
        "select kind, mention_id_l, mention_id_r, party_id_l, party_id_r, mention_ids_l, settles from int_review_cases"
    ).fetchall()
    assert cases == [("alive_again", "back 1", "back 2", "BACK", "BACK", ["back 1"], 3)]

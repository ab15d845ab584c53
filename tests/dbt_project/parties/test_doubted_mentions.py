"""What a mention tells that is less surely of a person than the person is one: kept, and good for nobody's message."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.dbt.models_alone import render_models
from tests.support.said import DAY, decision, person, say, states

# Of P1 the Padró tells `entry`, and a name alone tells `weak`; P2 is sure, and P3 is not, with all of its mentions.
LINKS = [
    ("entry", "P1", 1.0, 1.0), ("weak", "P1", 0.75, 1.0), ("sure", "P2", 1.0, 1.0),
    ("one half", "P3", 0.999, 0.75), ("other half", "P3", 0.999, 0.75), ("nobody's", None, 0.0, 0.0),
    ("child", "P4", 1.0, 1.0),
]  # fmt: skip


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(":memory:")
    connection.execute(
        "create table int_mention_values (mention_id varchar);"
        "create table stg_linkage__mention_links (mention_id varchar, person_id varchar, confidence double,"
        " cluster_confidence double, method varchar, is_in_review boolean)"
    )
    for mention, who, confidence, whole in LINKS:
        connection.execute("insert into int_mention_values values (?)", [mention])
        connection.execute(
            "insert into stg_linkage__mention_links values (?, ?, ?, ?, 'probabilistic', ?)",
            [mention, who, confidence, whole, who is None],
        )
    build(connection, "int_person_links", "int_mention_values", "stg_linkage__mention_links")
    yield connection
    connection.close()


def build(connection: duckdb.DuckDBPyConnection, model: str, *relations: str) -> None:
    (statement,) = render_models([model], {name: name for name in (model, *relations)})
    connection.execute(statement)


def test_who_is_less_surely_of_a_person_than_the_person_is_one_is_doubted(database: duckdb.DuckDBPyConnection) -> None:
    assert database.execute("select mention_id from int_person_links where is_doubted").fetchall() == [("weak",)]


def test_a_doubted_e_mail_is_kept_and_never_golden(database: duckdb.DuckDBPyConnection) -> None:
    rules = Path(__file__).resolve().parents[3] / "dbt_project" / "seeds" / "survivorship_rules.csv"
    database.execute("create table survivorship_rules as from read_csv($1, all_varchar = true)", [str(rules)])
    database.execute("""
        create table int_attribute_candidates as
        select mention_id, 'email' as attribute, mention_id || '@example.org' as value, 0 as invalidity,
            0 as missing_parts, null::varchar as objection, 'atencions' as source, 'atencions' as standing,
            timestamp '2026-05-01' as observed_at
        from int_mention_values""")
    names = ("int_attribute_candidates", "int_person_links", "survivorship_rules")
    build(database, "int_ranked_attributes", *names)
    rows = database.execute("select value, rank, rule from int_ranked_attributes where person_id = 'P1'").fetchall()
    found = {str(value): (rank, rule) for value, rank, rule in rows}
    assert found["entry@example.org"][0] == 1
    assert found["weak@example.org"] == (None, "atencions, never: linked too weakly")


@pytest.mark.parametrize(
    ("is_doubted", "state", "expected"),
    [(False, "DONAT", "given"), (True, "DONAT", None), (True, "RETIRAT", "withdrawn")],
)
def test_a_doubted_consent_counts_for_nothing_and_a_doubted_refusal_counts(
    is_doubted: bool, state: str, expected: str | None
) -> None:
    told = decision("K", state, "2026-05-05T10:00:00", DAY, nom="P1")
    found = states(say([person("P1")], {"consentiments": [told]}, doubted=["K"] if is_doubted else []))
    assert found.get(("P1", "communications", None)) == expected


def test_a_doubted_tie_says_so(database: duckdb.DuckDBPyConnection) -> None:
    """A guardian who was linked by name alone gets no messages about the child."""
    database.execute("""
        create table mentions as
        select mention_id, person_id, null::varchar as organisation_id from int_person_links;
        create table stg_activitats_estiu__tutors as
        select unnest(['weak', 'sure', 'entry']) as record_id, record_id as source_key,
            unnest(['child', 'child', 'weak']) as child_record_id, date '2026-05-01' as applied_on;
        create table stg_contribuents__representatives as
        select 'r' as record_id, 'r' as source_key, 'administers' as role, 't' as taxpayer_record_id,
            date '2026-05-01' as entered_on, null::date as left_on where false;
        create table stg_tramits_hisenda__representatives as
        select 'r' as record_id, 'r' as source_key, 't' as represented_record_id, date '2026-05-01' as begun_on,
            null::date as ended_on where false;
        create table persons as
        select 'P' as person_id, 'H' as household_id, true as is_resident, false as is_minor, 1980 as birth_year,
            'A' as surname_1, 'B' as surname_2 where false;
        create table households as select 'H' as household_id, 2 as member_count where false;
        create table int_home_guardians as
        select unnest(['P4', 'P9']) as minor_id, 'P8' as adult_id, 'H' as household_id, false as is_certain,
            'home' as basis""")
    names = (
        "int_person_links", "mentions", "persons", "households", "int_home_guardians",
        "stg_activitats_estiu__tutors", "stg_contribuents__representatives", "stg_tramits_hisenda__representatives",
    )  # fmt: skip
    build(database, "relationships", *names)
    rows = database.execute("select type, person_id, related_person_id, is_doubted from relationships").fetchall()
    # P4's guardian filled in a form, so nobody else may be one.
    assert sorted(rows) == [
        ("guardian_of", "P1", "P4", True), ("guardian_of", "P2", "P4", False),
        ("may_be_guardian_of", "P8", "P9", False),
    ]  # fmt: skip

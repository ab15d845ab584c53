"""Sources that may only be linked: their mentions belong to people, but no golden value or card has their values."""

from pathlib import Path

import duckdb
import pytest

from exports.contracts.declared import MARTS
from orchestration.dbt.models_alone import query_of

# Values that only area_verda (AV1) and bicing (BI1) have.
VALUES = (
    "rodes@example.org", "600777888", "7777LLL", "MARIONA", "rita@example.org", "600777999", "87654321X", "LLARGA",
)  # fmt: skip
# The mentions as they were linked, and the cases of doubt.
LINKAGE = {"mentions", "mention_values", "review_cases"}
CARDS = sorted(path.stem for path in Path(MARTS / "cards").glob("*.sql"))


def shown(hub: duckdb.DuckDBPyConnection, relation: str, text: str) -> int:
    """The rows of a relation with a text in any column."""
    query = f"select count(*) from {relation} as shown where contains(upper(to_json(shown)::varchar), upper(?))"
    return int(hub.execute(query, [text]).fetchall()[0][0])


def tables(hub: duckdb.DuckDBPyConnection) -> list[str]:
    found = hub.execute("select table_name from duckdb_tables() where database_name = 'work' and schema_name = 'hub'")
    return [str(name) for (name,) in found.fetchall()]


def test_their_mentions_belong_to_people(hub: duckdb.DuckDBPyConnection) -> None:
    rows = hub.execute(
        "select source, source_key, person_id from work.hub.mentions"
        " where source in ('area_verda', 'bicing') order by 1"
    ).fetchall()
    assert rows == [("area_verda", "AV1", "P1"), ("bicing", "BI1", "PBI1")]
    assert all(shown(hub, "work.hub.mention_values", value) for value in VALUES if value != "7777LLL")


@pytest.mark.parametrize("value", VALUES)
def test_no_other_table_has_a_value_of_them(hub: duckdb.DuckDBPyConnection, value: str) -> None:
    assert [name for name in tables(hub) if name not in LINKAGE and shown(hub, f"work.hub.{name}", value)] == []


@pytest.mark.parametrize("view", CARDS)
def test_no_card_has_anything_of_them(hub: duckdb.DuckDBPyConnection, view: str) -> None:
    relation = f"({query_of(view, 'work.hub.{}'.format)})"
    assert [text for text in (*VALUES, "area_verda", "bicing", "AV1") if shown(hub, relation, text)] == []


def test_a_person_of_whom_they_alone_know_has_no_value(hub: duckdb.DuckDBPyConnection) -> None:
    (row,) = hub.execute("select * from work.hub.persons where person_id = 'PBI1'").to_arrow_table().to_pylist()
    filled = {name for name, value in row.items() if value not in (None, False, 0)}
    assert filled == {"person_id", "confidence"}
    assert hub.execute("select count(*) from work.hub.identifiers where person_id = 'PBI1'").fetchone() == (0,)


def test_only_what_the_agreement_says_makes_a_source_so(hub: duckdb.DuckDBPyConnection) -> None:
    found = hub.execute("select source from work.staging.stg_run__link_only_sources order by 1").fetchall()
    assert found == [("area_verda",), ("bicing",)]

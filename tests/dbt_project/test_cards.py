"""The views of the 360° card: one per section, on the tables of the hub alone, in every file that holds them."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from exports.contracts.declared import MARTS, described_marts
from exports.publication.staging import stage_publication
from orchestration.casework.card import card, history
from orchestration.casework.card_sections import EVERY_SECTION
from orchestration.casework.find_party import Party
from orchestration.dbt.models_alone import asked_by
from orchestration.rendering.tables import Table
from tests.support.databases import attach

VIEWS = {path.stem for path in (MARTS / "cards").glob("*.sql")}
PARTIES = [Party(one) for one in ("P1", "P3", "OF", "PZ")]


def test_each_view_is_a_section_and_each_section_a_view() -> None:
    assert {f"card_{section.view}" for section in EVERY_SECTION} == VIEWS


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_a_view_reads_only_tables_whose_columns_are_hidden_or_shown_for_a_reason(view: str) -> None:
    assert {*asked_by(view)} <= described_marts().keys()


@pytest.fixture(scope="module")
def publication(hub: duckdb.DuckDBPyConnection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    published = tmp_path_factory.mktemp("home") / "published"
    return stage_publication(hub, published, date(2026, 5, 4), "run", None).database


@pytest.fixture
def reader(publication: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file under the alias of look-ups, beside another database with tables of the same names."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("create schema hub; create table hub.persons as select 'P1' as person_id")
        attach(connection, publication, "published", read_only=True)
        yield connection


def test_every_view_is_published_reads_the_tables_beside_it_and_is_described(reader: duckdb.DuckDBPyConnection) -> None:
    found = dict(
        reader.execute(
            "select view_name, comment from duckdb_views() where database_name = 'published' and schema_name = 'hub'"
        ).fetchall()
    )
    assert found.keys() == VIEWS and all(comment.startswith("One row per ") for comment in found.values())
    counts = {view: reader.execute(f"select count(*) from published.hub.{view}").fetchall()[0][0] for view in found}
    assert counts["card_standing"] == reader.execute("select count(*) from published.hub.persons").fetchall()[0][0] > 1
    undescribed = reader.execute(
        "select table_name, column_name from duckdb_columns() where database_name = 'published'"
        " and schema_name = 'hub' and starts_with(table_name, 'card_') and comment is null"
    )
    assert undescribed.fetchall() == []


def shown(connection: duckdb.DuckDBPyConnection) -> list[list[Table]]:
    return [[*card(connection, party), *history(connection, party)] for party in PARTIES]


def test_a_night_without_views_shows_the_same_cards(
    hub: duckdb.DuckDBPyConnection, reader: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    cards = shown(reader)
    assert len({table.title for tables in cards for table in tables}) > 15
    reader.execute("detach published")
    attach(reader, tmp_path / "earlier.duckdb", "published")
    reader.execute("create schema published.hub")
    tables = hub.execute("select table_name from duckdb_tables() where database_name = 'work' and schema_name = 'hub'")
    for (table,) in tables.fetchall():
        rows = hub.execute(f"from work.hub.{table}").to_arrow_table()
        reader.register("rows_of_table", rows)
        reader.execute(f"create table published.hub.{table} as from rows_of_table")
    assert shown(reader) == cards


def test_a_relationship_has_a_row_for_each_of_its_ends(reader: duckdb.DuckDBPyConnection) -> None:
    ends = "select person_id, organisation_id, type, direction, other from published.hub.card_ties order by all"
    found = reader.execute(ends).fetchall()
    assert (None, "OF", "administers", "from", "P1") in found and ("P1", None, "administers", "to", "OF") in found
    assert (None, "OF", "representative_of", "to", "O9") in found
    (count,) = reader.execute("select count(*) from published.hub.relationships").fetchall()[0]
    assert len(found) == 2 * count


def test_an_id_has_a_row_for_each_change_that_it_was_in(reader: duckdb.DuckDBPyConnection) -> None:
    once = reader.execute(
        "select person_id, business_date, event, before, after from published.hub.card_ids where person_id is not null"
    ).fetchall()
    events = reader.execute("select ids_before, ids_after from published.hub.person_events").fetchall()
    assert len(once) == sum(len({*(before or []), *(after or [])}) for before, after in events) > 0

"""What a failed node of dbt costs the segments: which tables stand empty, what is withheld, what dbt builds then."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from orchestration.dbt.segment_isolation import Failure, Graph, Isolated, isolate

# Each model with the models that it stands on.
MODELS = {
    "hub.persons": [],
    "intermediate.int_zone_neighbours": ["hub.persons"],
    "intermediate.segment_afectacions": ["intermediate.int_zone_neighbours"],
    "intermediate.segment_escola": ["hub.persons"],
    "intermediate.int_segment_candidates": ["intermediate.segment_afectacions", "intermediate.segment_escola"],
    "hub.segment_candidates": ["intermediate.int_segment_candidates"],
    "hub.segment_members": ["hub.segment_candidates"],
    "hub.segment_funnel": ["hub.segment_candidates"],
}
FUNNEL = {"segment_candidates", "segment_members", "segment_funnel"}
COLUMNS = {"topic": None, "preference": None, "people_left": "bigint"}


def key(relation: str) -> str:
    return f"model.fil.{relation.split('.')[1]}"


def graph() -> Graph:
    nodes: dict[str, Any] = {}
    children: dict[str, list[str]] = {key(relation): [] for relation in MODELS}
    for relation, parents in MODELS.items():
        schema, name = relation.split(".")
        columns = {column: {"description": "", "data_type": kind} for column, kind in COLUMNS.items()}
        nodes[key(relation)] = {
            "resource_type": "model", "schema": schema, "name": name, "columns": columns, "description": "It's one.",
            "config": {"persist_docs": {"relation": schema == "hub"}}, "depends_on": {"nodes": list(map(key, parents))},
        }  # fmt: skip
        for parent in parents:
            children[key(parent)].append(key(relation))
    return Graph({"nodes": nodes, "child_map": children})


def unbuilt(work: duckdb.DuckDBPyConnection, relation: str) -> Isolated | None:
    """What it costs that a model failed, for which dbt skipped what stands on it."""
    return isolate(work, graph(), [Failure(relation.split(".")[1], relation)], graph().at_or_below([relation]))


def broken(work: duckdb.DuckDBPyConnection, relation: str, rows: int | None, query: str) -> Isolated | None:
    """What it costs that a rule does not hold, once everything is built."""
    return isolate(work, graph(), [Failure("sums", relation, rows, query)], [])


@pytest.fixture
def work() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute("attach ':memory:' as work; create schema work.hub; create schema work.intermediate")
        connection.execute("create table work.hub.segment_members as select 'escola' as segment, 'X' as topic")
        yield connection


def tables(work: duckdb.DuckDBPyConnection) -> dict[str, int]:
    names = work.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
    return {str(name): int(work.sql(f"from work.{name}").shape[0]) for (name,) in names}


def test_a_query_that_fails_is_empty_and_what_stands_on_it_is_built(work: duckdb.DuckDBPyConnection) -> None:
    found = unbuilt(work, "intermediate.segment_escola")
    assert found
    assert [(one.reach, one.segment, one.observed) for one in found.outcomes] == [("segment", "escola", -1)]
    assert found.given_up == ("model.fil.segment_escola",)
    assert tables(work)["intermediate.segment_escola"] == 0
    kinds = work.execute("select column_name, column_type from (describe work.intermediate.segment_escola)").fetchall()
    assert kinds == [("topic", "VARCHAR"), ("preference", "INTEGER"), ("people_left", "BIGINT")]
    assert set(found.to_build) == {f"model.fil.{name}" for name in ("int_segment_candidates", *FUNNEL)}


def test_a_rule_of_a_query_costs_its_segment_and_what_stands_on_it_is_built_again(
    work: duckdb.DuckDBPyConnection,
) -> None:
    found = broken(work, "intermediate.segment_escola", 3, "select 1 as one")
    assert found
    (one,) = found.outcomes
    assert (one.rule, one.segment, one.observed) == ("sums", "escola", 3)
    assert found.given_up == ("model.fil.segment_escola",)
    assert set(found.to_build) == {f"model.fil.{name}" for name in ("int_segment_candidates", *FUNNEL)}


def test_what_several_segments_stand_on_costs_those_segments(work: duckdb.DuckDBPyConnection) -> None:
    found = unbuilt(work, "intermediate.int_zone_neighbours")
    assert found
    assert [(one.reach, one.segment) for one in found.outcomes] == [("segment", "afectacions")]
    assert found.given_up == ("model.fil.int_zone_neighbours", "model.fil.segment_afectacions")
    assert "intermediate.int_zone_neighbours" not in tables(work)


def test_a_rule_of_the_funnel_that_names_an_audience_costs_that_audience(work: duckdb.DuckDBPyConnection) -> None:
    found = broken(work, "hub.segment_funnel", 1, "select segment, topic, 1 as more from work.hub.segment_members")
    assert found
    assert [(one.reach, one.segment, one.topic) for one in found.outcomes] == [("audience", "escola", "X")]
    assert (found.given_up, found.to_build, tables(work)["hub.segment_members"]) == ((), (), 1)


def test_a_rule_of_the_funnel_that_names_a_segment_without_topic_costs_that_segment(
    work: duckdb.DuckDBPyConnection,
) -> None:
    """As of a query that names no topic."""
    found = broken(work, "intermediate.int_segment_candidates", 1, "select 'escola' as segment, null as topic")
    assert found
    assert [(one.reach, one.segment, one.topic) for one in found.outcomes] == [("segment", "escola", None)]
    assert (found.given_up, found.to_build, tables(work)["hub.segment_members"]) == ((), (), 1)


@pytest.mark.parametrize(
    ("relation", "rows", "query"),
    [
        ("hub.segment_funnel", 1, "select 1 as one"),
        ("hub.segment_funnel", 1, "select null as segment, 'X' as topic"),
        ("hub.segment_members", 1, "select 'topic' as null_column"),
        ("hub.segment_funnel", None, "select segment, topic from nowhere"),
        ("hub.segment_candidates", None, None),
        ("intermediate.int_segment_candidates", None, None),
    ],
)
def test_a_funnel_that_is_broken_tells_nobody(
    work: duckdb.DuckDBPyConnection, relation: str, rows: int | None, query: str | None
) -> None:
    found = broken(work, relation, rows, query) if query else unbuilt(work, relation)
    assert found
    assert ([one.reach for one in found.outcomes], found.to_build) == (["audiences"], ())
    assert {name: rows for name, rows in tables(work).items() if name.startswith("hub.")} == {
        f"hub.{name}": 0 for name in FUNNEL
    }
    assert {f"model.fil.{name}" for name in FUNNEL} <= set(found.given_up)


def test_what_is_wrong_with_the_base_is_not_isolated(work: duckdb.DuckDBPyConnection) -> None:
    assert unbuilt(work, "hub.persons") is None
    assert broken(work, "hub.persons", 1, "select 1") is None
    both = [Failure("persons", "hub.persons"), Failure("segment_escola", "intermediate.segment_escola")]
    assert isolate(work, graph(), both, []) is None
    assert set(tables(work)) == {"hub.segment_members"}

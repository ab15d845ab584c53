"""What a failed node of dbt costs the segments: which tables stand empty, what is withheld, what dbt builds then."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from orchestration.segment_isolation import DbtRun, isolate

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


def manifest() -> dict[str, Any]:
    nodes: dict[str, Any] = {}
    for relation, parents in MODELS.items():
        schema, name = relation.split(".")
        columns = {column: {"description": "", "data_type": kind} for column, kind in COLUMNS.items()}
        nodes[key(relation)] = {
            "resource_type": "model", "schema": schema, "name": name, "columns": columns, "description": "It's one.",
            "config": {"persist_docs": {"relation": schema == "hub"}}, "depends_on": {"nodes": list(map(key, parents))},
        }  # fmt: skip
        nodes[f"test.fil.{name}_is_complete"] = {
            "resource_type": "test", "name": f"{name}_is_complete", "attached_node": key(relation),
            "depends_on": {"nodes": [key(relation)]},
        }  # fmt: skip
    of_all = [key(one) for one in MODELS if one.startswith("hub.segment")]
    nodes["test.fil.sums"] = {"resource_type": "test", "name": "sums", "depends_on": {"nodes": of_all}}
    children: dict[str, list[str]] = {node: [] for node in nodes}
    for node, told in nodes.items():
        for parent in told["depends_on"]["nodes"]:
            children[parent].append(node)
    return {"nodes": nodes, "child_map": children}


def after(failed: str, status: str, **told: Any) -> DbtRun:
    """Dbt's results where one node failed and it skipped what stands on that."""
    known = manifest()
    results = {node: {"status": "success" if node.startswith("model.") else "pass"} for node in known["nodes"]}
    waiting = [failed if failed.startswith("model.") else known["nodes"][failed].get("attached_node", failed)]
    while waiting:
        below = known["child_map"].get(waiting.pop(), [])
        waiting += below
        results |= {node: {"status": "skipped"} for node in below}
    results[failed] = {"status": status, **told}
    return DbtRun(known, results)


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
    found = isolate(work, after("model.fil.segment_escola", "error"))
    assert found
    assert [(one.reach, one.segment, one.observed) for one in found.outcomes] == [("segment", "escola", -1)]
    assert found.given_up == ("model.fil.segment_escola",)
    assert tables(work)["intermediate.segment_escola"] == 0
    kinds = work.execute("select column_name, column_type from (describe work.intermediate.segment_escola)").fetchall()
    assert kinds == [("topic", "VARCHAR"), ("preference", "INTEGER"), ("people_left", "BIGINT")]
    built = {name.split(".")[-1] for name in found.to_build}
    models = {"int_segment_candidates", *FUNNEL}
    assert built == models | {f"{name}_is_complete" for name in models} | {"sums"}


def test_a_test_of_a_query_costs_its_segment(work: duckdb.DuckDBPyConnection) -> None:
    found = isolate(work, after("test.fil.segment_escola_is_complete", "fail", failures=3))
    assert found
    assert [(one.rule, one.segment, one.observed) for one in found.outcomes] == [
        ("segment_escola_is_complete", "escola", 3)
    ]
    assert found.given_up == ("model.fil.segment_escola",)


def test_what_several_segments_stand_on_costs_those_segments(work: duckdb.DuckDBPyConnection) -> None:
    found = isolate(work, after("model.fil.int_zone_neighbours", "error"))
    assert found
    assert [(one.reach, one.segment) for one in found.outcomes] == [("segment", "afectacions")]
    assert found.given_up == ("model.fil.int_zone_neighbours", "model.fil.segment_afectacions")
    assert "intermediate.int_zone_neighbours" not in tables(work)
    assert "test.fil.segment_afectacions_is_complete" not in found.to_build


def test_a_test_of_the_funnel_that_names_an_audience_costs_that_audience(work: duckdb.DuckDBPyConnection) -> None:
    query = "select segment, topic, 1 as more from work.hub.segment_members"
    found = isolate(work, after("test.fil.sums", "fail", failures=1, compiled_code=query))
    assert found
    assert [(one.reach, one.segment, one.topic) for one in found.outcomes] == [("audience", "escola", "X")]
    assert (found.given_up, tables(work)["hub.segment_members"]) == ((), 1)


@pytest.mark.parametrize(
    ("failed", "status", "query"),
    [
        ("test.fil.sums", "fail", "select 1 as one"),
        ("test.fil.sums", "fail", "select 'escola' as segment, null as topic"),
        ("test.fil.segment_members_is_complete", "fail", "select 'topic' as null_column"),
        ("test.fil.sums", "error", None),
        ("model.fil.segment_candidates", "error", None),
        ("model.fil.int_segment_candidates", "error", None),
    ],
)
def test_a_funnel_that_is_broken_tells_nobody(
    work: duckdb.DuckDBPyConnection, failed: str, status: str, query: str | None
) -> None:
    found = isolate(work, after(failed, status, failures=1, compiled_code=query))
    assert found
    assert ([one.reach for one in found.outcomes], found.to_build) == (["audiences"], ())
    assert {name: rows for name, rows in tables(work).items() if name.startswith("hub.")} == {
        f"hub.{name}": 0 for name in FUNNEL
    }
    assert {f"model.fil.{name}" for name in FUNNEL} <= set(found.given_up)


@pytest.mark.parametrize("failed", ["model.fil.persons", "test.fil.persons_is_complete"])
def test_what_is_wrong_with_the_base_is_not_isolated(work: duckdb.DuckDBPyConnection, failed: str) -> None:
    run = after(failed, "error")
    assert isolate(work, run) is None
    both = DbtRun(run.manifest, {**run.results, "model.fil.segment_escola": {"status": "error"}})
    assert isolate(work, both) is None
    assert set(tables(work)) == {"hub.segment_members"}

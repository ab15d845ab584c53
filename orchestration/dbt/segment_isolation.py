"""Keeps a segment that fails in dbt from the rest of the night: an empty table takes its place, and dbt goes on.

`exports.delivery.checks` has how far each failure reaches; `night/models.py` builds.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import duckdb

from exports.delivery.checks import DBT, CheckOutcome, Reach, reach_of
from sources.base.sql import identifier, literal

_CANDIDATES = "intermediate.segment_"
_FUNNEL = ("hub.segment_candidates", "hub.segment_members", "hub.segment_funnel")
# The columns of a candidate that are not text; `int_segment_candidates` has the types of all.
_TYPES = {"preference": "integer", "has_notice": "boolean", "notice_channels": "varchar[]"}


@dataclass(frozen=True)
class Failure:
    """A model that did not run, or a rule that is broken by `rows` rows; None if it did not run."""

    name: str
    relation: str
    rows: int | None = None
    query: str | None = None

    @property
    def reach(self) -> Reach:
        """How far the failure reaches, by its relation."""
        return reach_of(DBT, self.relation)

    def outcome(self, reach: Reach, segment: str | None = None, topic: str | None = None) -> CheckOutcome:
        """The outcome that is written to the work database."""
        observed, expected = (-1.0, "that it runs") if self.rows is None else (float(self.rows), "0 rows against it")
        return CheckOutcome(self.name, self.relation, False, observed, expected, reach, segment, topic)


@dataclass(frozen=True)
class Graph:
    """The project's models by their relations, and the models that read them."""

    manifest: Mapping[str, Any]

    def relations(self) -> dict[str, str]:
        """Each model's relation."""
        nodes = self.manifest["nodes"].items()
        return {key: f"{node['schema']}.{node['name']}" for key, node in nodes if node["resource_type"] == "model"}

    def at_or_below(self, relations: Iterable[str]) -> set[str]:
        """The models of some relations, and all models that read those, directly or not."""
        of_model = self.relations()
        wanted = set(relations)
        reached = {model for model, relation in of_model.items() if relation in wanted}
        waiting = list(reached)
        while waiting:
            children = self.manifest["child_map"].get(waiting.pop(), ())
            new = {child for child in children if child in of_model} - reached
            reached |= new
            waiting += new
        return reached


@dataclass(frozen=True)
class Isolated:
    """The outcomes of failures; the models that stay empty or unbuilt, and those that dbt builds now."""

    outcomes: tuple[CheckOutcome, ...]
    given_up: tuple[str, ...]
    to_build: tuple[str, ...]


def isolate(
    connection: duckdb.DuckDBPyConnection, graph: Graph, failures: Sequence[Failure], lost: Collection[str]
) -> Isolated | None:
    """Put empty tables in the place of segments that failed; None if something else failed, too.

    `lost` are the models that dbt did not build.
    """
    if any(failure.reach not in ("segment", "audiences") for failure in failures):
        return None
    relations = graph.relations()
    outcomes = [outcome for failure in failures for outcome in _outcomes(connection, graph, failure)]
    if any(outcome.reach == "audiences" for outcome in outcomes):
        # No audience is delivered, so nothing that dbt skipped is needed.
        emptied = {model for model, relation in relations.items() if relation in _FUNNEL}
        given_up, to_build = emptied | set(lost), set()
    else:
        of_segments = [failure.relation for failure in failures if failure.reach == "segment"]
        emptied = {model for model in graph.at_or_below(of_segments) if relations[model].startswith(_CANDIDATES)}
        given_up = emptied | {model for model in lost if reach_of(DBT, relations[model]) == "segment"}
        to_build = set(lost) | graph.at_or_below(relations[model] for model in emptied)
    nodes = graph.manifest["nodes"]
    for model in sorted(emptied):
        _create_empty(connection, nodes[model])
    # In the order that Dagster needs: models before those that read them.
    order = TopologicalSorter({model: given_up & {*nodes[model]["depends_on"]["nodes"]} for model in sorted(given_up)})
    return Isolated(tuple(outcomes), tuple(order.static_order()), tuple(sorted(to_build - given_up)))


def _outcomes(connection: duckdb.DuckDBPyConnection, graph: Graph, failure: Failure) -> list[CheckOutcome]:
    """The outcomes of a failure: some segments, some audiences, or all audiences."""
    if failure.reach == "segment":
        relations = graph.relations()
        concerned = sorted(relations[model] for model in graph.at_or_below([failure.relation]))
        names = [relation.removeprefix(_CANDIDATES) for relation in concerned if relation.startswith(_CANDIDATES)]
        return [failure.outcome("segment", name) for name in names] or [failure.outcome("audiences")]
    audiences = _audiences(connection, failure)
    return [
        failure.outcome("segment", segment) if topic is None else failure.outcome("audience", segment, topic)
        for segment, topic in audiences
    ] or [failure.outcome("audiences")]


def _audiences(connection: duckdb.DuckDBPyConnection, failure: Failure) -> list[tuple[str, str | None]]:
    """The segments and topics in the rows that break a rule; empty if a row has no segment."""
    if failure.rows is None or failure.query is None:
        return []
    try:
        rows = connection.execute(f"select distinct segment, topic from (\n{failure.query}\n) order by all").fetchall()
    except duckdb.Error:
        return []
    return [] if any(segment is None for segment, _ in rows) else [(str(segment), topic) for segment, topic in rows]


def _create_empty(connection: duckdb.DuckDBPyConnection, node: Mapping[str, Any]) -> None:
    """Create an empty table with the columns of a model's YAML, with their types there, or else text."""
    columns = {name: column.get("data_type") or _TYPES.get(name, "varchar") for name, column in node["columns"].items()}
    relation = f"work.{identifier(node['schema'])}.{identifier(node['name'])}"
    columns_sql = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns.items())
    connection.execute(f"create or replace table {relation} ({columns_sql})")
    if node["config"].get("persist_docs", {}).get("relation"):
        connection.execute(f"comment on table {relation} is {literal(node['description'])}")
        for name, column in node["columns"].items():
            connection.execute(f"comment on column {relation}.{identifier(name)} is {literal(column['description'])}")

"""Keeps a segment that fails in dbt from the rest of the night: an empty table takes its place, and dbt goes on.

Which failure reaches how far is data of `exports.checks`; how dbt is started is for `dbt.py`.
"""

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
from dagster import AssetCheckResult, AssetCheckSeverity, AssetKey, Output
from dagster_dbt import DbtCliInvocation

from exports.checks import DBT, CheckOutcome, Reach, reach_of, record_outcomes
from orchestration.redaction import StepFailed, scrub_run_results
from sources.sql import identifier, literal

_CANDIDATES = "intermediate.segment_"
FUNNEL = ("hub.segment_candidates", "hub.segment_members", "hub.segment_funnel")
# Of the columns that a candidate may have, the only one that is not text; `int_segment_candidates` has their types.
_TYPES = {"preference": "integer"}
_FAILED = ("error", "fail", "runtime error")


@dataclass(frozen=True)
class DbtRun:
    """What dbt's last run left: the results of its nodes by their ids, and the manifest that knows them."""

    manifest: Mapping[str, Any]
    results: Mapping[str, Mapping[str, Any]]

    def nodes_with(self, *statuses: str) -> list[str]:
        """The nodes that ended so, in the order of their ids."""
        return sorted(node for node, result in self.results.items() if result["status"] in statuses)

    def relation_of(self, model: str) -> str:
        """The relation that a model makes."""
        node = self.manifest["nodes"][model]
        return f"{node['schema']}.{node['name']}"

    def models_of(self, node: str) -> list[str]:
        """The model itself, or the models that a test is about."""
        told = self.manifest["nodes"][node]
        if told["resource_type"] != "test":
            return [node]
        about = [told["attached_node"]] if told.get("attached_node") else told["depends_on"]["nodes"]
        return [one for one in about if one in self.manifest["nodes"]]

    def reach_of(self, node: str) -> Reach:
        """How far it reaches that a node failed: as far as the furthest of its models."""
        reaches = {reach_of(DBT, self.relation_of(model)) for model in self.models_of(node)}
        return "segment" if reaches == {"segment"} else "audiences" if reaches <= {"segment", "audiences"} else "base"

    def candidates_at_or_below(self, models: list[str]) -> list[str]:
        """The queries of segments among models and what stands on them."""
        found, waiting = set(models), list(models)
        while waiting:
            new = set(self.manifest["child_map"].get(waiting.pop(), ())) - found
            found |= new
            waiting += new
        return sorted(
            one for one in found if one.startswith("model.") and self.relation_of(one).startswith(_CANDIDATES)
        )


@dataclass(frozen=True)
class Isolated:
    """What a run's failures cost of the segments; the models that dbt does not build, and what it can build now."""

    outcomes: tuple[CheckOutcome, ...]
    given_up: tuple[str, ...]
    to_build: tuple[str, ...]


def isolate(connection: duckdb.DuckDBPyConnection, run: DbtRun) -> Isolated | None:
    """Put empty tables in the place of segments that failed; None where something else failed, too."""
    failed = run.nodes_with(*_FAILED)
    if not failed or any(run.reach_of(node) == "base" for node in failed):
        return None
    outcomes = [one for node in failed for one in _outcomes(connection, run, node)]
    lost = [node for node in run.nodes_with("error", "skipped") if node.startswith("model.")]
    if any(one.reach == "audiences" for one in outcomes):
        # No audience leaves: nothing that dbt skipped is needed.
        emptied = {model for model in run.manifest["nodes"] if _makes_funnel(run, model)}
        given_up, to_build = {*emptied, *lost}, []
    else:
        of_segments = [model for node in failed if run.reach_of(node) == "segment" for model in run.models_of(node)]
        emptied = {*run.candidates_at_or_below(of_segments)}
        given_up = {*emptied, *(node for node in lost if run.reach_of(node) == "segment")}
        to_build = [node for node in run.nodes_with("skipped") if not given_up & {node, *run.models_of(node)}]
    nodes = run.manifest["nodes"]
    for model in sorted(emptied):
        _create_empty(connection, nodes[model])
    # As Dagster wants them: what others stand on first.
    order = TopologicalSorter({node: given_up & {*nodes[node]["depends_on"]["nodes"]} for node in sorted(given_up)})
    return Isolated(tuple(outcomes), tuple(order.static_order()), tuple(to_build))


def _makes_funnel(run: DbtRun, node: str) -> bool:
    return node.startswith("model.") and run.relation_of(node) in FUNNEL


def _outcomes(connection: duckdb.DuckDBPyConnection, run: DbtRun, node: str) -> list[CheckOutcome]:
    """What a failed node costs: some segments, some audiences, or all audiences."""
    if run.reach_of(node) == "segment":
        models = run.candidates_at_or_below(run.models_of(node))
        names = [run.relation_of(model).removeprefix(_CANDIDATES) for model in models]
        return [_outcome(run, node, "segment", name) for name in names]
    audiences = _audiences(connection, run.results[node])
    return [_outcome(run, node, "audience", *one) for one in audiences] or [_outcome(run, node, "audiences")]


def _outcome(
    run: DbtRun, node: str, reach: Reach, segment: str | None = None, topic: str | None = None
) -> CheckOutcome:
    result, relation = run.results[node], run.relation_of(run.models_of(node)[0])
    has_rows_against = result["status"] == "fail"
    observed = float(result.get("failures") or 0) if has_rows_against else -1
    expected = "0 rows against it" if has_rows_against else "that it runs"
    return CheckOutcome(run.manifest["nodes"][node]["name"], relation, False, observed, expected, reach, segment, topic)


def _audiences(connection: duckdb.DuckDBPyConnection, result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The segments and topics that a failed test's rows name; none where they don't name them all."""
    query = result.get("compiled_code")
    if result["status"] != "fail" or not query:
        return []
    try:
        rows = connection.execute(f"select distinct segment, topic from (\n{query}\n) order by all").fetchall()
    except duckdb.BinderException:
        return []
    return [] if any(None in row for row in rows) else [(str(segment), str(topic)) for segment, topic in rows]


def _create_empty(connection: duckdb.DuckDBPyConnection, node: Mapping[str, Any]) -> None:
    """An empty table with the columns that a model's YAML describes, each of the type that stands there, else text."""
    columns = {name: column.get("data_type") or _TYPES.get(name, "varchar") for name, column in node["columns"].items()}
    relation = f"work.{identifier(node['schema'])}.{identifier(node['name'])}"
    told = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns.items())
    connection.execute(f"create or replace table {relation} ({told})")
    if node["config"].get("persist_docs", {}).get("relation"):
        connection.execute(f"comment on table {relation} is {literal(node['description'])}")
        for name, column in node["columns"].items():
            connection.execute(f"comment on column {relation}.{identifier(name)} is {literal(column['description'])}")


class IsolatingBuild:
    """dbt's build of a tag, run once more for what dbt skipped where only segments failed."""

    def __init__(
        self, tag: str, invoke: Callable[[Sequence[str] | None], DbtCliInvocation], target: Path, manifest: Path
    ) -> None:
        """Begin nothing yet; `invoke` starts dbt on the whole tag, or on what it names."""
        self.tag, self._invoke, self._target, self._manifest = tag, invoke, target, manifest
        self._outcomes: list[CheckOutcome] = []
        self._materialized: set[str] = set()

    def events(self, connect: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]) -> Iterator[Any]:
        """Dagster's events of every run, then of the tables that stand empty; outcomes go into the work database.

        Raises:
            StepFailed: something else than segments failed.
        """
        names: list[str] | None = None
        while names is None or names:
            run = yield from self._run(names)
            if run is None:
                break
            with connect() as connection:
                isolated = isolate(connection, run)
            if isolated is None:
                failed = ", ".join(run.nodes_with(*_FAILED)) or "its start"
                raise StepFailed(f"dbt build of {self.tag} failed in: {failed}")
            self._outcomes += isolated.outcomes
            yield from self._stand_ins(run.relation_of(node) for node in isolated.given_up)
            names = [run.manifest["nodes"][node]["name"] for node in isolated.to_build]
        with connect() as connection:
            relations = {self.tag, *(one.relation for one in self._outcomes)}
            record_outcomes(connection, DBT, sorted(relations), self._outcomes)

    def _stand_ins(self, relations: Iterable[str]) -> Iterator[Output[None]]:
        """Whatever stands on a table that dbt did not build goes on with the empty one."""
        for name in (AssetKey(relation.split(".")).to_python_identifier() for relation in relations):
            if name not in self._materialized:
                self._materialized.add(name)
                yield Output(None, output_name=name, metadata={"withheld": True})

    def _run(self, names: list[str] | None) -> Generator[Any, None, DbtRun | None]:
        """Run dbt; what it left if it failed."""
        (self._target / "run_results.json").unlink(missing_ok=True)
        invocation = self._invoke(names)
        run = None
        try:
            for event in invocation.stream():
                if isinstance(event, Output):
                    self._materialized.add(event.output_name)
                yield _softened(event)
        finally:
            if not invocation.is_successful():
                run = self._results()
            scrub_run_results(self._target)
        return run

    def _results(self) -> DbtRun:
        path = self._target / "run_results.json"
        results = json.loads(path.read_text())["results"] if path.exists() else []
        return DbtRun(json.loads(self._manifest.read_text()), {one["unique_id"]: one for one in results})


def _softened(event: Any) -> Any:
    """A failed test that does not reach the base fails without ending the step."""
    if isinstance(event, AssetCheckResult) and not event.passed and event.asset_key is not None:
        is_of_base = reach_of(DBT, ".".join(event.asset_key.path)) == "base"
        return event if is_of_base else event._replace(severity=AssetCheckSeverity.WARN)
    return event

"""dbt's models of one half of the project as assets, and their rules as one asset check per relation."""

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from typing import Any

import duckdb
from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MaterializeResult,
    multi_asset,
)
from dagster_dbt import build_dbt_asset_specs

from exports.delivery.checks import DBT, CheckOutcome, forget_after, reach_of, record_outcomes
from orchestration.dbt.rules import BrokenRule, Rule, broken_rules, load_rules
from orchestration.dbt.segment_isolation import Failure, Graph, isolate
from orchestration.home.redaction import StepFailed, redacted
from orchestration.night.dbt_process import Dbt, NodeOutcome
from orchestration.night.partitions import business_dates, one_night_a_run
from orchestration.night.resources import Night

RULES = "rules"


def build_models(manifest: Mapping[str, Any], half: str) -> AssetsDefinition:
    """The models and seeds with the tag of a half, then the rules that this half completes."""
    rules = load_rules(manifest, half)
    keys = {key: AssetKey([node["schema"], node["name"]]) for key, node in manifest["nodes"].items()}

    @multi_asset(
        name=f"{half}_models",
        specs=build_dbt_asset_specs(manifest=manifest, select=f"tag:{half}"),
        check_specs=[_spec(relation, of_relation) for relation, of_relation in _by_relation(rules).items()],
        can_subset=True,
        partitions_def=business_dates,
        backfill_policy=one_night_a_run,
    )
    def models(
        context: AssetExecutionContext, dbt: Dbt, night: Night
    ) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
        names = sorted(key.path[-1] for key in context.selected_asset_keys)
        build = _Build(half, context, dbt, night, Graph(manifest), keys)
        with night.step(context), redacted(StepFailed):
            yield from build.events(" ".join(names) if context.is_subset else f"tag:{half}" if names else "", rules)

    return models


class _Build:
    """Builds one half with dbt, and again without the segments that failed."""

    def __init__(
        self,
        half: str,
        context: AssetExecutionContext,
        dbt: Dbt,
        night: Night,
        graph: Graph,
        keys: Mapping[str, AssetKey],
    ) -> None:
        """Nothing is built yet."""
        self.half, self.context, self.dbt, self.night, self.graph, self.keys = half, context, dbt, night, graph, keys
        self.outcomes: list[CheckOutcome] = []
        self.given_up: set[str] = set()
        self.materialized: set[str] = set()
        self.unbuilt: list[NodeOutcome] = []

    def events(self, select: str, rules: Sequence[Rule]) -> Iterator[MaterializeResult[None] | AssetCheckResult]:
        """Yield Dagster's events of everything that is built and checked.

        Raises:
            StepFailed: a model or a rule of the base failed.
        """
        chosen = {key.asset_key for key in self.context.selected_asset_check_keys}
        with self._work() as connection:
            forget_after(connection, self.half)
        yield from self._materialize(self.dbt.build(select) if select else iter(()))
        # Segments are checked before the relations that read them.
        of_segments = [rule for rule in rules if reach_of(DBT, rule.relation) == "segment"]
        broken = yield from _check(self.night, _countable(of_segments, self._missing(), chosen))
        if not self._failed():
            yield from self._isolate([_failure(rule) for rule in broken])
        others = [rule for rule in rules if rule not in of_segments]
        broken = yield from _check(self.night, _countable(others, self._missing(), chosen))
        failed = self._failed()
        failed += [item.rule.node for item in broken if reach_of(DBT, item.rule.relation) == "base"]
        if failed:
            raise StepFailed(f"dbt build of {self.half} failed in: {', '.join(failed)}")
        yield from self._isolate([_failure(rule) for rule in broken])
        with self._work() as connection:
            # The half counts as checked only if all of it was built and checked.
            is_whole = not self.context.is_subset and {_key(rule.relation) for rule in rules} <= chosen
            whole = [self.half] if is_whole else []
            record_outcomes(
                connection, DBT, [*whole, *{outcome.relation: 0 for outcome in self.outcomes}], self.outcomes
            )

    def _failed(self) -> list[str]:
        return [outcome.node for outcome in self.unbuilt if outcome.status != "skipped"]

    def _missing(self) -> set[str]:
        return {*self.given_up, *(outcome.node for outcome in self.unbuilt)}

    def _work(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return self.night.work_database()

    def _materialize(self, outcomes: Iterator[NodeOutcome]) -> Iterator[MaterializeResult[None]]:
        """Yield each model when it is built; then build again without the segments that failed."""
        self.unbuilt = []
        for outcome in outcomes:
            if outcome.status != "success":
                self.unbuilt.append(outcome)
                self.context.log.error(f"{outcome.node}: {outcome.status} {outcome.message}")
            elif outcome.node not in self.materialized:
                self.materialized.add(outcome.node)
                yield MaterializeResult(
                    asset_key=self.keys[outcome.node], metadata=_took(outcome.node, outcome.seconds)
                )
        relations = self.graph.relations()
        # A failure of dbt's start or of a seed has no model's relation, so it stops the night.
        yield from self._isolate([Failure(node.split(".")[-1], relations.get(node, node)) for node in self._failed()])

    def _isolate(self, failures: Sequence[Failure]) -> Iterator[MaterializeResult[None]]:
        """Give up the segments that failed, if only segments failed, and build the models that read them."""
        if not failures:
            return
        with self._work() as connection:
            isolated = isolate(connection, self.graph, failures, [outcome.node for outcome in self.unbuilt])
        if isolated is None:
            return
        self.outcomes += isolated.outcomes
        self.given_up |= set(isolated.given_up)
        self.unbuilt = []
        for node in isolated.given_up:
            if node not in self.materialized:
                self.materialized.add(node)
                yield MaterializeResult(asset_key=self.keys[node], metadata={"withheld": True})
        if isolated.to_build:
            names = sorted(self.keys[node].path[-1] for node in isolated.to_build)
            yield from self._materialize(self.dbt.build(" ".join(names)))


def _failure(broken: BrokenRule) -> Failure:
    return Failure(broken.rule.name, broken.rule.relation, broken.rows, broken.rule.query)


def _check(night: Night, rules: Sequence[Rule]) -> Generator[AssetCheckResult, None, list[BrokenRule]]:
    """Yield the check of each relation; return the broken rules."""
    broken = []
    with night.work_database() as connection:
        for relation, of_relation in _by_relation(rules).items():
            began = time.monotonic()
            of_check = broken_rules(connection, of_relation)
            broken += of_check
            yield _result(relation, of_check, time.monotonic() - began)
    return broken


def _by_relation(rules: Sequence[Rule]) -> dict[str, list[Rule]]:
    return {relation: list(of_relation) for relation, of_relation in groupby(rules, key=lambda rule: rule.relation)}


def _key(relation: str) -> AssetKey:
    return AssetKey(relation.split("."))


def _spec(relation: str, rules: Sequence[Rule]) -> AssetCheckSpec:
    """The check of a relation, which lists its rules."""
    described = "\n".join(f"- `{rule.name}`: {rule.description}" for rule in rules)
    return AssetCheckSpec(RULES, asset=_key(relation), description=described)


def _countable(rules: Sequence[Rule], missing: set[str], chosen: set[AssetKey]) -> list[Rule]:
    """The rules of the chosen checks whose relations were all built."""
    return [rule for rule in rules if _key(rule.relation) in chosen and missing.isdisjoint(rule.reads)]


def _result(relation: str, broken: Sequence[BrokenRule], seconds: float) -> AssetCheckResult:
    """Each broken rule with its description and how many rows break it."""
    descriptions = {item.rule.name: f"{item.rule.description} {_rows(item)}" for item in broken}
    metadata = descriptions | _took(f"{RULES}.{relation}", seconds)
    return AssetCheckResult(check_name=RULES, asset_key=_key(relation), passed=not broken, metadata=metadata)


def _took(node: str, seconds: float) -> dict[str, str | float]:
    """How long a node of dbt took, in dagster-dbt's metadata."""
    return {"unique_id": node, "Execution Duration": seconds}


def _rows(broken: BrokenRule) -> str:
    return "Its query failed." if broken.rows is None else f"Rows against it: {broken.rows}."

"""dbt's models of one half of the project as assets, and their rules as one asset check a relation."""

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

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

from orchestration.dbt_process import Dbt, NodeOutcome
from orchestration.partitions import business_dates, one_night_a_run
from orchestration.redaction import StepFailed, redacted
from orchestration.resources import Night
from orchestration.rules import BrokenRule, Rule, broken_rules, load_rules

RULES = "rules"


def build_models(manifest: Mapping[str, Any], half: str) -> AssetsDefinition:
    """The models and seeds with the tag of a half, then the rules that this half completes."""
    rules = load_rules(manifest, half)
    keys = {node: AssetKey([told["schema"], told["name"]]) for node, told in manifest["nodes"].items()}

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
        with redacted(StepFailed):
            outcomes = dbt.build(" ".join(names) if context.is_subset else f"tag:{half}") if names else iter(())
            unbuilt = yield from _materialize(context, outcomes, keys)
            chosen = {key.asset_key for key in context.selected_asset_check_keys}
            broken = yield from _check(night, _countable(rules, unbuilt, chosen))
            failed = [outcome.node for outcome in unbuilt if outcome.status != "skipped"]
            if failed or broken:
                nodes = ", ".join([*failed, *(one.rule.node for one in broken)])
                raise StepFailed(f"dbt build of {half} failed in: {nodes}")

    return models


def _materialize(
    context: AssetExecutionContext, outcomes: Iterator[NodeOutcome], keys: Mapping[str, AssetKey]
) -> Generator[MaterializeResult[None], None, list[NodeOutcome]]:
    """Each model as soon as it is built; the nodes that were not are returned."""
    unbuilt = []
    for outcome in outcomes:
        if outcome.status == "success":
            yield MaterializeResult(asset_key=keys[outcome.node], metadata=_took(outcome.node, outcome.seconds))
        else:
            unbuilt.append(outcome)
            context.log.error(f"{outcome.node}: {outcome.status} {outcome.message}")
    return unbuilt


def _check(night: Night, rules: Sequence[Rule]) -> Generator[AssetCheckResult, None, list[BrokenRule]]:
    """The check of each relation; the rules that are broken are returned."""
    broken = []
    with night.work_database() as connection:
        for relation, of_relation in _by_relation(rules).items():
            began = time.monotonic()
            found = broken_rules(connection, of_relation)
            broken += found
            yield _result(relation, found, time.monotonic() - began)
    return broken


def _by_relation(rules: Sequence[Rule]) -> dict[str, list[Rule]]:
    return {relation: list(of_relation) for relation, of_relation in groupby(rules, key=lambda rule: rule.relation)}


def _key(relation: str) -> AssetKey:
    return AssetKey(relation.split("."))


def _spec(relation: str, rules: Sequence[Rule]) -> AssetCheckSpec:
    """The check of a relation, which lists its rules."""
    described = "\n".join(f"- `{rule.name}`: {rule.description}" for rule in rules)
    return AssetCheckSpec(RULES, asset=_key(relation), description=described)


def _countable(rules: Sequence[Rule], unbuilt: Sequence[NodeOutcome], chosen: set[AssetKey]) -> list[Rule]:
    """The rules of the chosen checks that read nothing that was not built."""
    missing = {outcome.node for outcome in unbuilt}
    return [rule for rule in rules if _key(rule.relation) in chosen and missing.isdisjoint(rule.reads)]


def _result(relation: str, broken: Sequence[BrokenRule], seconds: float) -> AssetCheckResult:
    """Each broken rule by its name, with what it asks for and how many rows are against it."""
    found = {one.rule.name: f"{one.rule.description} {_rows(one)}" for one in broken}
    metadata = found | _took(f"{RULES}.{relation}", seconds)
    return AssetCheckResult(check_name=RULES, asset_key=_key(relation), passed=not broken, metadata=metadata)


def _took(node: str, seconds: float) -> dict[str, str | float]:
    """How long a node of dbt took, as dagster-dbt names it."""
    return {"unique_id": node, "Execution Duration": seconds}


def _rows(broken: BrokenRule) -> str:
    return "Its query failed." if broken.rows is None else f"Rows against it: {broken.rows}."

"""dbt's models of one half of the project as assets, and their rules as one asset check a relation."""

from collections.abc import Iterator, Mapping, Sequence
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

from orchestration.database import work_database
from orchestration.dbt_process import Dbt, NodeOutcome
from orchestration.partitions import business_dates, one_night_a_run
from orchestration.redaction import StepFailed, redacted
from orchestration.resources import Night
from orchestration.rules import BrokenRule, Rule, broken_rules, load_rules
from orchestration.settings import Settings

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
        chosen = " ".join(sorted(key.path[-1] for key in context.selected_asset_keys))
        with redacted(StepFailed):
            unbuilt: list[NodeOutcome] = []
            for outcome in dbt.build(chosen if context.is_subset else f"tag:{half}"):
                if outcome.status == "success":
                    yield MaterializeResult(asset_key=keys[outcome.node], metadata={"seconds": outcome.seconds})
                else:
                    unbuilt.append(outcome)
                    context.log.error(f"{outcome.node}: {outcome.status} {outcome.message}")
            countable = _countable(rules, unbuilt, {key.asset_key for key in context.selected_asset_check_keys})
            broken = _broken(night.settings, countable)
            for relation in _by_relation(countable):
                yield _result(relation, [one for one in broken if one.rule.relation == relation])
            failed = [outcome.node for outcome in unbuilt if outcome.status != "skipped"]
            if failed or broken:
                nodes = ", ".join([*failed, *(one.rule.node for one in broken)])
                raise StepFailed(f"dbt build of {half} failed in: {nodes}")

    return models


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


def _broken(settings: Settings, rules: Sequence[Rule]) -> list[BrokenRule]:
    with work_database(settings.work_database, settings.hub_key) as connection:
        return broken_rules(connection, rules)


def _result(relation: str, broken: Sequence[BrokenRule]) -> AssetCheckResult:
    """Each broken rule by its name, with what it asks for and how many rows are against it."""
    found = {one.rule.name: f"{one.rule.description} {_rows(one)}" for one in broken}
    return AssetCheckResult(check_name=RULES, asset_key=_key(relation), passed=not broken, metadata=found)


def _rows(broken: BrokenRule) -> str:
    return "Its query failed." if broken.rows is None else f"Rows against it: {broken.rows}."

"""The night's asset checks: expectations, drift of the linkage, and whether sources are on time.

Outcomes are kept in the work database, and the publication uses them. `exports.delivery.checks` has how far each failed
check reaches; a check that stops the night blocks the assets after it.
"""

from collections.abc import Iterable, Iterator

import duckdb
from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    asset_check,
    multi_asset_check,
)

from exports.delivery.checks import (
    ARRIVALS,
    DBT,
    DEPARTURES,
    DRIFT,
    LOADED,
    CheckOutcome,
    failed_outcomes,
    reach_of,
    record_outcomes,
)
from orchestration.home.redaction import redacted
from orchestration.night.past_figures import judge_night
from orchestration.night.resources import Night
from quality import drift
from quality.expectation import Suite
from quality.outcome import Outcome
from quality.run import run_suite, suites
from sources.base.journal import RegistryError
from sources.base.wording import counted
from sources.contracts.catalogue import load_contracts
from sources.contracts.contract import ExtractTerms
from sources.loading.raw_tables import LoadedSource

BLOCK = "block"
LINKAGE_METRICS = AssetKey(["linkage", "linkage_metrics"])
_DRIFT = AssetCheckSpec(
    DRIFT,
    asset=LINKAGE_METRICS,
    blocking=True,
    description="Match rates, sizes of persons, weights and conflicts are those of the last nights, within bounds.",
)


def suite_checks(name: str, schema: str) -> AssetChecksDefinition:
    """One blocking check for each relation of a schema in the suite; one step for each schema.

    Dagster may select some of them, for example if a user materialises one asset: the step then fails with the command
    that runs a night.
    """
    suite = Suite(name, tuple(checked for checked in suites()[name].checked if checked.name.startswith(f"{schema}.")))
    specs = [
        AssetCheckSpec(name, asset=AssetKey(relation.split(".")), blocking=True, description=f"{name} of {relation}")
        for relation in suite.relations
    ]

    @multi_asset_check(name=f"{name}_{schema}", specs=specs, can_subset=True)
    def checks(context: AssetCheckExecutionContext, night: Night) -> Iterator[AssetCheckResult]:
        chosen = [spec for spec in specs if spec.key in context.selected_asset_check_keys]
        relations = {".".join(spec.asset_key.path) for spec in chosen}
        part = Suite(name, tuple(checked for checked in suite.checked if checked.name in relations))
        with night.step(context), redacted():
            outcomes = run_suite(night.attach_work, part)
            with night.work_database() as connection:
                keep_outcomes(connection, name, part.relations, outcomes)
        for spec in chosen:
            of_relation = [outcome for outcome in outcomes if outcome.relation.split(".") == spec.asset_key.path]
            yield check_result(spec, of_relation)

    return checks


def segment_checks(segments: Iterable[str]) -> AssetChecksDefinition:
    """One check per segment, which fails if the segment is withheld tonight; it stops nothing."""
    specs = {
        name: AssetCheckSpec(
            "built", asset=AssetKey(["intermediate", f"segment_{name}"]), description="The segment was not withheld."
        )
        for name in segments
    }

    @multi_asset_check(name="segments", specs=list(specs.values()), can_subset=True)
    def checks(context: AssetCheckExecutionContext, night: Night) -> Iterator[AssetCheckResult]:
        with night.step(context), redacted(), night.work_database() as connection:
            outcomes = [outcome for _, outcome in failed_outcomes(connection)]
        for name, spec in specs.items():
            if spec.key not in context.selected_asset_check_keys:
                continue
            failed = [
                outcome
                for outcome in outcomes
                if outcome.reach == "audiences"
                or (outcome.reach in ("segment", "audience") and outcome.segment == name)
            ]
            yield AssetCheckResult(
                check_name=spec.name,
                asset_key=spec.asset_key,
                passed=not failed,
                severity=AssetCheckSeverity.WARN,
                metadata={
                    outcome.rule: f"observed {outcome.observed:g}, expected {outcome.expected}" for outcome in failed
                },
            )

    return checks


def required_outcomes() -> list[tuple[str, str]]:
    """The checks, each with a relation, whose outcomes a night needs before it is published."""
    of_suites = [(name, relation) for name in (ARRIVALS, DEPARTURES) for relation in suites()[name].relations]
    loaded = [(LOADED, f"raw.{contract.relation}") for contract in load_contracts()]
    return [*loaded, *of_suites, (DRIFT, drift.RELATION), *((DBT, tag) for tag in ("prelink", "postlink"))]


def keep_outcomes(
    connection: duckdb.DuckDBPyConnection, check: str, relations: Iterable[str], outcomes: Iterable[Outcome]
) -> None:
    """Write outcomes to the work database, with how far each one reaches if it failed."""
    kept = [
        CheckOutcome(
            outcome.name, outcome.relation, outcome.passed, outcome.observed, outcome.expected,
            reach_of(check, outcome.relation) if outcome.severity == BLOCK else "nothing",
        )
        for outcome in outcomes
    ]  # fmt: skip
    record_outcomes(connection, check, relations, kept)


def check_result(spec: AssetCheckSpec, outcomes: Iterable[Outcome]) -> AssetCheckResult:
    """One relation's outcomes as one result, with counts and names of expectations, never values.

    It blocks later assets only if the failure stops the night.
    """
    failed = [outcome for outcome in outcomes if not outcome.passed]
    blocking = any(outcome.severity == BLOCK and reach_of(spec.name, outcome.relation) == "base" for outcome in failed)
    return AssetCheckResult(
        check_name=spec.name,
        asset_key=spec.asset_key,
        passed=not failed,
        severity=AssetCheckSeverity.ERROR if blocking else AssetCheckSeverity.WARN,
        metadata={outcome.name: f"observed {outcome.observed}, expected {outcome.expected}" for outcome in failed},
    )


@asset_check(asset=LINKAGE_METRICS, name=DRIFT, blocking=True, description=_DRIFT.description)
def drift_check(context: AssetCheckExecutionContext, night: Night) -> AssetCheckResult:
    """A figure out of its bounds stops the publication, unless a person accepted the night."""
    with night.step(context), redacted(RegistryError), night.work_database() as connection:
        (business_date,) = connection.execute("from work.raw.run").fetchall()[0]
        outcomes = judge_night(connection, night.settings.home, business_date)
        keep_outcomes(connection, DRIFT, [".".join(LINKAGE_METRICS.path)], outcomes)
    return check_result(_DRIFT, outcomes)


def freshness_spec(asset: AssetKey, delivery: ExtractTerms) -> AssetCheckSpec:
    """The check of a source's first raw table."""
    return AssetCheckSpec(
        "freshness", asset=asset, description=f"A good extract is due every {counted(delivery.cadence_days, 'day')}."
    )


def freshness_result(spec: AssetCheckSpec, delivery: ExtractTerms, loaded: LoadedSource) -> AssetCheckResult:
    """The result of a night; a source that has never delivered is not fresh, either."""
    days = loaded.staleness_days
    return AssetCheckResult(
        check_name=spec.name,
        asset_key=spec.asset_key,
        passed=not delivery.is_late(days),
        severity=AssetCheckSeverity.WARN,
        metadata={
            "days": "no good extract yet" if days is None else days,
            "cadence": delivery.cadence_days,
            "allowed": delivery.staleness_days,
        },
    )

"""Great Expectations' outcomes as asset checks: what arrives blocks the models, what leaves the publication."""

from collections.abc import Iterable, Iterator

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    multi_asset_check,
)

from orchestration.database import attach
from orchestration.redaction import redacted
from orchestration.resources import Night
from quality.expectation import Suite
from quality.outcome import Outcome
from quality.run import run_suite, suites

BLOCK = "block"


def suite_checks(name: str, schema: str) -> AssetChecksDefinition:
    """One blocking check for each relation of a schema that the suite looks at; a step of its own for each schema."""
    suite = Suite(name, tuple(one for one in suites()[name].checked if one.name.startswith(f"{schema}.")))
    specs = [
        AssetCheckSpec(name, asset=AssetKey(relation.split(".")), blocking=True, description=f"{name} of {relation}")
        for relation in suite.relations
    ]

    @multi_asset_check(name=f"{name}_{schema}", specs=specs)
    def checks(context: AssetCheckExecutionContext, night: Night) -> Iterator[AssetCheckResult]:
        settings = night.settings
        with redacted():
            outcomes = run_suite(
                lambda connection: attach(connection, settings.work_database, "work", settings.hub_key, read_only=True),
                suite,
            )
        for spec in specs:
            yield check_result(spec, [one for one in outcomes if one.relation.split(".") == spec.asset_key.path])

    return checks


def check_result(spec: AssetCheckSpec, outcomes: Iterable[Outcome]) -> AssetCheckResult:
    """One relation's outcomes as one result; only counts and names of expectations, never values."""
    failed = [outcome for outcome in outcomes if not outcome.passed]
    blocking = any(outcome.severity == BLOCK for outcome in failed)
    return AssetCheckResult(
        check_name=spec.name,
        asset_key=spec.asset_key,
        passed=not failed,
        severity=AssetCheckSeverity.ERROR if blocking else AssetCheckSeverity.WARN,
        metadata={outcome.name: f"observed {outcome.observed}, expected {outcome.expected}" for outcome in failed},
    )

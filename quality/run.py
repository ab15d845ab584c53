"""Runs a suite on the work database and returns plain outcomes. Only this module calls Great Expectations.

Its context is in memory; it writes and sends nothing, and its results contain no value of a row.
"""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from quality.expectation import Expectation, Relation, Suite
from quality.outcome import NOT_EVALUATED, Outcome
from quality.suites.arrivals import arrivals
from quality.suites.departures import DEPARTURES

# Attaches the work database, read-only and as `work`, to a new connection.
Attach = Callable[[Any], None]


@cache
def suites() -> Mapping[str, Suite]:
    """The suites by name."""
    return {suite.name: suite for suite in (arrivals(), DEPARTURES)}


_RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}


@contextmanager
def _datasource(attach: Attach) -> Iterator[Any]:
    """A datasource on the work database; it is closed at the end, so that the next step can write."""
    with _without_pyspark():
        from quality.duckdb_datasource import DuckDBDatasource

    unbound = DuckDBDatasource(name="work")
    unbound._attach = lambda connection, _record: attach(connection)  # noqa: SLF001 - our class; no field of its own
    datasource = _context().add_datasource(datasource=unbound)
    try:
        yield datasource
    finally:
        datasource.close()


@contextmanager
def _without_pyspark() -> Iterator[None]:
    """Hide pyspark from the first import of Great Expectations, which imports it if it is installed.

    No suite needs it. In a process without a script file (`python -c`, a worker of a pool) it calls `sys.exit(0)`.
    """
    hidden = {name: sys.modules.pop(name) for name in [*sys.modules] if name.partition(".")[0] == "pyspark"}
    sys.modules["pyspark"] = None  # type: ignore[assignment]  # so that its import raises ImportError
    try:
        yield
    finally:
        del sys.modules["pyspark"]
        sys.modules.update(hidden)


@contextmanager
def _quiet() -> Iterator[None]:
    """Turn off the logs of Great Expectations: they contain statements and values of failed checks."""
    logger = logging.getLogger("great_expectations")
    before = logger.disabled, logger.level, logger.propagate
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False
    try:
        yield
    finally:
        logger.disabled, logger.level, logger.propagate = before


def _context() -> Any:
    """An ephemeral context without telemetry and progress bars."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def _observed(result: Any) -> int:
    """The number of rows that break the expectation, or of all rows; never a value."""
    counts = result.result if result else {}
    observed = counts.get("unexpected_count", counts.get("observed_value", NOT_EVALUATED))
    return observed if isinstance(observed, int) else NOT_EVALUATED


def _outcome(relation: Relation, expectation: Expectation, result: Any) -> Outcome:
    return Outcome(
        name=expectation.name,
        relation=relation.name,
        severity=expectation.severity,
        passed=bool(result and result.success),
        observed=_observed(result),
        expected=expectation.expected,
    )


def _check(datasource: Any, relation: Relation) -> list[Outcome]:
    """Evaluate all expectations of a relation together."""
    import great_expectations as gx
    from great_expectations.datasource.fluent.interfaces import TestConnectionError
    from sqlalchemy.exc import SQLAlchemyError

    expectations = [
        getattr(gx.expectations, expectation.kind)(**expectation.arguments, meta={"name": expectation.name})
        for expectation in relation.expectations
    ]
    try:
        asset = datasource.add_query_asset(relation.name, relation.query)
        batch = asset.add_batch_definition_whole_table("all").get_batch()
    except (
        TestConnectionError,
        SQLAlchemyError,
    ):  # a column that a flag needs is not there, or its condition fails on a row
        return [_outcome(relation, expectation, None) for expectation in relation.expectations]
    suite = gx.ExpectationSuite(name=relation.name, expectations=expectations)
    results = batch.validate(suite, result_format=_RESULT_FORMAT).results
    by_name = {result.expectation_config.meta["name"]: result for result in results}
    return [_outcome(relation, expectation, by_name[expectation.name]) for expectation in relation.expectations]


def _is_there(datasource: Any, relation: Relation) -> bool:
    """Whether the work database has the relation."""
    from sqlalchemy import text

    schema, table = relation.name.split(".")
    query = text(
        "select count(*) from information_schema.tables "
        "where table_catalog = 'work' and table_schema = :schema and table_name = :table"
    ).bindparams(schema=schema, table=table)
    return bool(datasource.get_execution_engine().execute_query(query).scalar())


def _missing(relation: Relation) -> list[Outcome]:
    """The failed outcome of a relation that does not exist."""
    return [Outcome("is_there", relation.name, "block", False, NOT_EVALUATED, "the relation in the work database")]


def run_suite(attach: Attach, suite: str | Suite) -> list[Outcome]:
    """Evaluate a suite, or the suite with a name. The caller must have closed the work database.

    Raises:
        KeyError: there is no suite with that name.
    """
    chosen = suites()[suite] if isinstance(suite, str) else suite
    outcomes: list[Outcome] = []
    with _quiet(), _datasource(attach) as datasource:
        for relation in chosen.checked:
            is_there = _is_there(datasource, relation)
            outcomes += _check(datasource, relation) if is_there else _missing(relation)
    return outcomes

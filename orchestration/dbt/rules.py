"""Runs dbt's tests as one query per relation, because dbt would start and report each one alone.

dbt compiles them, so a rule is an ordinary dbt test. `night/models.py` shows them as Dagster checks.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import duckdb

from sources.base.sql import literal

Node = Mapping[str, Any]
# The tags of the project's two halves, in the order in which a night builds them.
_HALVES = ("prelink", "postlink")


@dataclass(frozen=True)
class Rule:
    """One dbt test: its relation, its description, and the query for the rows that break it."""

    node: str
    name: str
    relation: str
    description: str
    query: str
    reads: tuple[str, ...]
    # The same as an aggregate over the relation, or None: one scan can count for several rules.
    aggregate: str | None = None


@dataclass(frozen=True)
class BrokenRule:
    """A rule and how many rows break it; None if its query failed."""

    rule: Rule
    rows: int | None


def load_rules(manifest: Mapping[str, Any], half: str) -> tuple[Rule, ...]:
    """The rules whose relations exist after a half of the project is built, in the order of their relations."""
    nodes = manifest["sources"] | manifest["nodes"]
    tests = [node for node in nodes.values() if node["resource_type"] == "test" and _half(node, nodes) == half]
    return tuple(sorted((_rule(node, nodes) for node in tests), key=lambda rule: (rule.relation, rule.node)))


def broken_rules(connection: duckdb.DuckDBPyConnection, rules: Iterable[Rule]) -> list[BrokenRule]:
    """The rules that do not hold in the work database; only counts leave it."""
    broken: list[BrokenRule] = []
    for relation, of_relation in groupby(rules, key=lambda rule: rule.relation):
        grouped = list(of_relation)
        counts = _count_together(connection, relation, [rule for rule in grouped if rule.aggregate])
        for rule in grouped:
            rows = counts[rule.node] if rule.node in counts else _count(connection, rule.query)
            if rows != 0:
                broken.append(BrokenRule(rule, rows))
    return broken


def _count_together(connection: duckdb.DuckDBPyConnection, relation: str, rules: Sequence[Rule]) -> dict[str, int]:
    """The rows that break each rule, in one scan; empty if it fails, because then each rule is counted alone."""
    if not rules:
        return {}
    try:
        query = f"select {', '.join(str(rule.aggregate) for rule in rules)} from work.{relation}"
        (counts,) = connection.execute(query).fetchall()
    except duckdb.Error:
        return {}
    return {rule.node: count for rule, count in zip(rules, counts, strict=True)}


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int | None:
    try:
        ((rows,),) = connection.execute(f"select count(*) from (\n{query}\n)").fetchall()
    except duckdb.Error:
        return None
    return int(rows)


def _half(test: Node, nodes: Mapping[str, Node]) -> str:
    """The half after which all relations that a test reads exist."""
    tags = (tag for node in test["depends_on"]["nodes"] for tag in nodes[node]["tags"])
    return max(tags, key=_HALVES.index, default=_HALVES[-1])


def _rule(test: Node, nodes: Mapping[str, Node]) -> Rule:
    metadata = test.get("test_metadata") or {"name": None, "kwargs": {}}
    describe, aggregate = _KINDS.get(metadata["name"], (lambda _: _first_comment(test["raw_code"]), None))
    reads = test["depends_on"]["nodes"]
    # A test with a file of its own is about the model that it reads first.
    about = nodes[test.get("attached_node") or reads[0]]
    return Rule(
        node=test["unique_id"],
        name=test["name"],
        relation=f"{about['schema']}.{about['name']}",
        description=test["description"] or describe(metadata["kwargs"]),
        query=test["compiled_code"],
        reads=tuple(reads),
        aggregate=aggregate(metadata["kwargs"]) if aggregate and not test["config"].get("where") else None,
    )


def _first_comment(code: str) -> str:
    comment = []
    for line in code.strip().splitlines():
        if not line.startswith("--"):
            break
        comment.append(line.removeprefix("--").strip())
    return " ".join(comment)


def _values(arguments: Mapping[str, Any]) -> list[str]:
    return [literal(str(value)) if arguments.get("quote", True) else str(value) for value in arguments["values"]]


# For each kind of test its description and, if one scan of the relation is enough, its aggregate.
_KINDS: Mapping[str | None, tuple[Callable[[Any], str], Callable[[Any], str] | None]] = {
    "never_null": (
        lambda arguments: f"Never null: {', '.join(arguments['columns'])}.",
        lambda arguments: f"count(*) filter (where {' is null or '.join(arguments['columns'])} is null)",
    ),
    "not_null": (
        lambda arguments: f"{arguments['column_name']} is never null.",
        lambda arguments: f"count(*) filter (where {arguments['column_name']} is null)",
    ),
    "unique": (
        lambda arguments: f"No two rows have the same {arguments['column_name']}.",
        lambda arguments: f"count({arguments['column_name']}) - count(distinct {arguments['column_name']})",
    ),
    "accepted_values": (
        lambda arguments: f"{arguments['column_name']} is one of {', '.join(map(str, arguments['values']))}, or null.",
        lambda arguments: (
            f"count(*) filter (where {arguments['column_name']} not in ({', '.join(_values(arguments))}))"
        ),
    ),
    "relationships": (
        lambda arguments: f"Each {arguments['column_name']} is a {arguments['field']} in {arguments['to']}.",
        None,
    ),
}

"""The rules of the models: dbt's tests as one query a relation, since dbt would start and report each on its own.

dbt compiles them, so a rule is an ordinary dbt test. How Dagster shows them is for `project.py`.
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
    """One dbt test: the relation that it is about, what it asks for, and the query for the rows against it."""

    node: str
    name: str
    relation: str
    description: str
    query: str
    reads: tuple[str, ...]
    # The same as an aggregate over the relation, where there is one: one scan then counts for several rules.
    aggregate: str | None = None


@dataclass(frozen=True)
class BrokenRule:
    """A rule and how many rows are against it; None where its query failed."""

    rule: Rule
    rows: int | None


def load_rules(manifest: Mapping[str, Any], half: str) -> tuple[Rule, ...]:
    """The rules of a compiled project that a half of it completes, in the order of their relations."""
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
    """Rows against each rule, in one scan; none where it fails: each rule then fails or holds alone."""
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
    """The half after which all that a test reads is there."""
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


# Of each kind of test what it asks for in words and, where one scan of the relation is enough, as an aggregate.
_KINDS: Mapping[str | None, tuple[Callable[[Any], str], Callable[[Any], str] | None]] = {
    "never_null": (
        lambda asked: f"Never null: {', '.join(asked['columns'])}.",
        lambda asked: f"count(*) filter (where {' is null or '.join(asked['columns'])} is null)",
    ),
    "not_null": (
        lambda asked: f"{asked['column_name']} is never null.",
        lambda asked: f"count(*) filter (where {asked['column_name']} is null)",
    ),
    "unique": (
        lambda asked: f"No two rows have the same {asked['column_name']}.",
        lambda asked: f"count({asked['column_name']}) - count(distinct {asked['column_name']})",
    ),
    "accepted_values": (
        lambda asked: f"{asked['column_name']} is one of {', '.join(map(str, asked['values']))}, or null.",
        lambda asked: f"count(*) filter (where {asked['column_name']} not in ({', '.join(_values(asked))}))",
    ),
    "relationships": (
        lambda asked: f"Each {asked['column_name']} is a {asked['field']} in {asked['to']}.",
        None,
    ),
}

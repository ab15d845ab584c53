"""Makes mutants of SQL: each predicate dropped and negated, each join of another type, each default left out or turned.

A mutant is named by what was done and to what, so that a name outlives changes elsewhere in the query.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

_CONDITIONS = (exp.Where, exp.Having, exp.Qualify)
_LONGEST = 160
# How a text is spelt, such as an e-mail: that is asked by macros that have tests of their own.
SPELLING = re.compile(r"REGEXP_|STARTS_WITH|STRIP_ACCENTS")


@dataclass(frozen=True)
class Mutant:
    """A changed statement, and what the change is."""

    name: str
    sql: str


def plain(statement: str) -> str:
    """The statement as it is written without a change: what mutants are compared with."""
    return sqlglot.parse_one(statement, read="duckdb").sql("duckdb")


def mutants(
    statement: str,
    *,
    left_alone: re.Pattern[str] | None = SPELLING,
    passed_over: Collection[str] = (),
    unnamed: re.Pattern[str] = re.compile(r"(?!)"),
) -> list[Mutant]:
    """Every mutant of a statement that differs from it and from the others.

    What a text that is `left_alone` is part of has none, nor have CTEs by names that are `passed_over`. Values that are
    `unnamed` stand as `…` in the names.
    """
    tree = sqlglot.parse_one(statement, read="duckdb")
    original = tree.sql("duckdb")
    seen, names, found = {original}, Counter[str](), []
    for place, node in enumerate(tree.walk()):
        if any(cte.alias in passed_over for cte in _ctes_around(node)):
            continue
        for what, change in _changes(node):
            told = " ".join(node.sql("duckdb", comments=False).split())
            if left_alone and left_alone.search(told):
                continue
            copy = tree.copy()
            change(next(one for at, one in enumerate(copy.walk()) if at == place))
            sql = copy.sql("duckdb")
            if sql in seen:
                continue
            seen.add(sql)
            name = f"{what}: {unnamed.sub('…', told)[:_LONGEST]}"
            names[name] += 1
            found.append(Mutant(name if names[name] == 1 else f"{name} ({names[name]})", sql))
    return found


def _ctes_around(node: exp.Expression) -> Iterator[exp.Expression]:
    parent = node.parent
    while parent is not None:
        if isinstance(parent, exp.CTE):
            yield parent
        parent = parent.parent


def _changes(node: exp.Expression) -> Iterator[tuple[str, Callable[[exp.Expression], object]]]:
    """What can be done to a node, each as a function of the same node in a copy."""
    if _is_predicate(node):
        neutral = exp.false() if isinstance(_connector(node), exp.Or) else exp.true()
        # A parameter that is given has to stay.
        stays = node.find(exp.Parameter, exp.Placeholder)
        yield "without", lambda one: one.replace(_or_rather(neutral, one) if stays else neutral.copy())
        yield "not", lambda one: one.replace(exp.Not(this=exp.Paren(this=one.copy())))
    if isinstance(node, exp.Join) and (node.args.get("on") or node.args.get("using")):
        side = "" if node.side == "LEFT" else "LEFT"
        yield f"{side or 'INNER'} join", lambda one: _joined(one, side)
    if isinstance(node, exp.Coalesce) and node.expressions:
        yield "without default", lambda one: one.replace(one.this.copy())
        last = node.expressions[-1]
        if isinstance(last, exp.Boolean):
            yield "other default", lambda one: one.expressions[-1].replace(exp.Boolean(this=not last.this))


def _or_rather(neutral: exp.Expression, predicate: exp.Expression) -> exp.Expression:
    """What is as a neutral says, whatever a predicate says."""
    connector = exp.Or if neutral.this else exp.And
    return exp.Paren(this=connector(this=exp.Paren(this=predicate.copy()), expression=neutral.copy()))


def _joined(join: exp.Expression, side: str) -> None:
    join.set("side", side or None)
    join.set("kind", None if side else "INNER")


def _connector(node: exp.Expression) -> exp.Expression | None:
    """The AND or OR that a predicate is an operand of, whatever brackets are around it."""
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return parent if isinstance(parent, exp.And | exp.Or) else None


def _is_predicate(node: exp.Expression) -> bool:
    """Whether a node is a condition of its own: an operand of AND or OR, or all that a clause asks."""
    if isinstance(node, exp.And | exp.Or | exp.Paren | exp.Boolean):
        return False
    if _connector(node) is not None:
        return True
    child, parent = node, node.parent
    while isinstance(parent, exp.Paren):
        child, parent = parent, parent.parent
    if isinstance(parent, _CONDITIONS):
        return True
    if isinstance(parent, exp.Join):
        return parent.args.get("on") is child
    return isinstance(parent, exp.If) and parent.this is child

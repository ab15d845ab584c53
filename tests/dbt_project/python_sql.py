"""The SQL that Python executes, read out of its modules: as models by name, for `empty_text` to look at their joins.

It stands in the constants of modules and in texts of functions. A place that is filled in later is filled with the
module's constant of that name, or else with the name itself.
"""

import ast
import importlib
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import sqlglot
from sqlglot import exp

from matching.parties import ORGANISATION, PERSON
from tests.dbt_project.empty_text import OF_MODELS

_KINDS = {"kind": PERSON, "PERSON": PERSON, "ORGANISATION": ORGANISATION}
ROOT = Path(__file__).parents[2]
_MAY_BE_SQL = re.compile(r"\b(from|join|select)\s", re.IGNORECASE)
_PLACE = re.compile(r"\{(?:\w+[.])*(\w*)\}")
_JOINS = re.compile(r"\bjoin\b.*\b(on|using)\b", re.DOTALL)
_ALONE = re.compile(r"^\s*\{(?:\w+[.])*(\w*)\}(,?)\s*$", re.MULTILINE)
# What may be filled in where a place has a line of its own: a relation, nothing, or the beginning of a query.
_FILLINGS = (r"\1\2", r"\2", r"with told as (select 1)\2")
# What may stand around a text that is a part of a statement.
_AROUND = (
    ("", ""), ("select * ", ""), ("select * from told ", ""), ("select 1 where ", ""), ("", " select 1"),
    ("with ", " select 1"),
)  # fmt: skip


@dataclass
class PythonSql:
    """What a relation is made of, by its name, each other query by where it stands; and joins that can't be read.

    With a query is told whether its columns are the relation's by their place, not by name.
    """

    made: dict[str, dict[str, bool]] = field(default_factory=lambda: defaultdict(dict))
    columns: dict[str, list[str]] = field(default_factory=dict)
    unread: list[tuple[str, str]] = field(default_factory=list)

    def add(self, where: str, texts: Sequence[str]) -> None:
        """Read a text of a module, if it is SQL; `texts` are the ways in which its places may be filled."""
        for (before, after), text in itertools.product(_AROUND, texts):
            try:
                found = [one for one in sqlglot.parse(before + text + after, read="duckdb") if one is not None]
            except sqlglot.errors.SqlglotError:
                continue
            if any(isinstance(one, exp.Command) and _JOINS.search(one.sql()) for one in found):
                continue
            for number, one in enumerate(found):
                self._add(f"{where}.{number}", one)
            return
        if any(map(_JOINS.search, texts)):
            self.unread.append((where, texts[0]))

    def _add(self, where: str, statement: exp.Expression) -> None:
        for table in statement.find_all(exp.Table):
            if table.db not in (*OF_MODELS, "raw"):
                table.set("db", None)
                table.set("catalog", None)
        query, name = statement, where
        if isinstance(statement, exp.Create | exp.Insert):
            query, target = statement.expression, statement.this
            name = target.this.name if isinstance(target, exp.Schema) else target.name
            if isinstance(target, exp.Schema):
                self.columns.setdefault(name, [one.name for one in target.expressions])
            if isinstance(query, exp.Query) and isinstance(statement, exp.Create):
                self.columns.setdefault(name, query.named_selects)
        if isinstance(query, exp.Query):
            is_by_place = isinstance(statement, exp.Insert) and not statement.args.get("by_name")
            self.made[name][query.sql("duckdb", comments=False)] = is_by_place

    def models(self, beside: Mapping[str, str]) -> dict[str, str]:
        """Each relation and query with all that it is made of, with what is so of dbt's models."""
        every = defaultdict(list, {name: [sql] for name, sql in beside.items()})
        for name, queries in self.made.items():
            every[name] += [self._named(name, sql) if is_by_place else sql for sql, is_by_place in queries.items()]
        return {name: " union all by name ".join(f"({sql}\n)" for sql in queries) for name, queries in every.items()}

    def _named(self, name: str, sql: str) -> str:
        columns = self.columns.get(name, [])
        is_known = columns and "*" not in columns
        return f"with given({', '.join(columns)}) as ({sql}) select * from given" if is_known else sql


def read_packages(packages: Sequence[str]) -> PythonSql:
    """The SQL of all modules of packages; benchmarks have environments of their own."""
    found = PythonSql()
    paths = sorted(
        path
        for package in packages
        for path in (ROOT / package).rglob("*.py")
        if ROOT / "orchestration" / "benchmarks" not in path.parents
    )
    for path in paths:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        read_module(found, name, path.read_text(encoding="utf-8"), vars(importlib.import_module(name)))
    return found


def read_module(found: PythonSql, module: str, source: str, values: Mapping[str, object]) -> None:
    """Add the SQL of a module's text; `values` is what stands in the module."""
    known = {name: value for name, value in values.items() if isinstance(value, str)}
    told = [(f"{module}.{name}", text) for name, value in values.items() for text in _texts_of(value)]
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            told += [(f"{module}:{text.lineno}", _as_format(text)) for text in _texts(node)]
    for where, text in told:
        if _MAY_BE_SQL.search(text):
            filled = _PLACE.sub(lambda place: known.get(place[1], place[0]), text)
            found.add(where, [_PLACE.sub(r"\1", _ALONE.sub(filling, filled)) for filling in _FILLINGS])


def _texts_of(value: object) -> Iterator[str]:
    """A constant that is a text, or the texts in it."""
    if isinstance(value, str):
        yield value
    elif type(value) is dict:
        yield from _texts_of(list(value.values()))
    elif type(value) in (list, tuple):
        for one in value:
            yield from _texts_of(one)


def _texts(node: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Every text but docstrings and the parts of others."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from _texts(child)


def _as_format(node: ast.expr) -> str:
    """A text with a name in braces wherever something is filled in; of a kind of party, what persons have."""
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_as_format, node.values))
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.FormattedValue):
        value = node.value
        if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name) and value.value.id in _KINDS:
            return str(getattr(_KINDS[value.value.id], value.attr))
        name = value.id if isinstance(value, ast.Name) else value.attr if isinstance(value, ast.Attribute) else "told"
        return f"{{{name}}}"
    raise TypeError(node)

"""Which columns of compiled models may be empty text, and which joins hold one such column against another.

A column may be empty where its expression may: what takes characters away, an empty literal, and what passes these on.
Raw columns and seeds hold no empty text, as an empty field is null; ids, hashes and dates never are any.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

import duckdb
import sqlglot
from sqlglot import exp

Columns = Mapping[str, bool]  # by name, whether it may be empty
Sources = Mapping[str, Columns]

OF_MODELS = ("", "staging", "intermediate", "hub")  # schemas; those of sources may have a relation of a model's name
_EMPTYING = (exp.RegexpExtract, exp.Trim, exp.Substring, exp.SplitPart, exp.ArrayToString)
# What one of their arguments may be, they may be.
_PASSING = (
    exp.Coalesce, exp.Upper, exp.Lower, exp.Max, exp.Min, exp.AnyValue, exp.First, exp.Greatest, exp.Least, exp.Array,
)  # fmt: skip
_PASSING_NAMES = {"strip_accents", "unnest", "list_value"}
# What the first of them may be, they may be; the others say which, where or when.
_OF_FIRST = (
    exp.ArgMax, exp.ArgMin, exp.Window, exp.RegexpReplace, exp.Replace, exp.Translate, exp.Left, exp.Right,
    exp.Filter, exp.Paren, exp.Explode, exp.Bracket, exp.Distinct, exp.Order, exp.ArrayAgg, exp.ArrayFilter,
    exp.Lag, exp.Lead, exp.IgnoreNulls,
)  # fmt: skip


def _is_empty(one: exp.Expression | None) -> bool:
    return isinstance(one, exp.Literal) and one.is_string and one.this == ""


def _may(one: exp.Expression | None, sources: Sources, made: Columns, guarded: Set[str]) -> bool:
    """Whether an expression may be empty text.

    `made` are the columns that the same select has made before it, `guarded` what is not empty, as it is written.
    """
    if one is None or one.sql() in guarded:
        return False
    if isinstance(one, exp.Column):
        whose = [sources.get(one.table, {})] if one.table else [*sources.values(), made]
        return any(columns.get(one.name, False) for columns in whose)
    if isinstance(one, exp.DPipe):
        return all(_may(part, sources, made, guarded) for part in (one.this, one.expression))
    if isinstance(one, exp.ConcatWs | exp.Concat):  # without those that are null
        return not any(map(_is_surely_text, one.expressions[isinstance(one, exp.ConcatWs) :]))
    return _takes_away(one) or any(_may(part, sources, made, guarded | known) for part, known in _passed_on(one))


def _passed_on(one: exp.Expression) -> Iterator[tuple[exp.Expression | None, set[str]]]:
    """What an expression may give back unchanged, each with what is not empty where it does."""
    if isinstance(one, exp.Case):
        for branch in one.args["ifs"]:
            yield branch.args["true"], _guarded(branch.this)
        yield one.args.get("default"), set()
    elif isinstance(one, exp.If):
        yield one.args["true"], _guarded(one.this)
        yield one.args.get("false"), set()
    elif isinstance(one, _OF_FIRST) or (isinstance(one, exp.Cast) and one.to.is_type("text", "varchar")):
        yield one.this, set()
    elif isinstance(one, exp.Nullif):
        yield (None if _is_empty(one.expression) else one.this), set()
    elif isinstance(one, _PASSING) or (isinstance(one, exp.Anonymous) and one.name.lower() in _PASSING_NAMES):
        yield from ((part, set()) for part in one.iter_expressions())


def _is_surely_text(one: exp.Expression) -> bool:
    """Whether it is neither null nor empty, whatever the columns are."""
    if isinstance(one, exp.Coalesce):
        return any(map(_is_surely_text, one.iter_expressions()))
    return isinstance(one, exp.Literal) and not _is_empty(one)


def _takes_away(one: exp.Expression) -> bool:
    """Whether nothing may be left even of a text that is not empty."""
    if isinstance(one, exp.Translate):
        return len(one.args["from_"].name) > len(one.args["to"].name)
    if isinstance(one, exp.Left | exp.Right):
        return not isinstance(one.expression, exp.Literal)
    if isinstance(one, exp.RegexpReplace | exp.Replace):
        by = one.args.get("replacement")
        return not isinstance(by, exp.Literal) or by.this == "" or "\\" in by.this
    return _is_empty(one) or isinstance(one, _EMPTYING)


def _fits_no_empty(one: exp.Expression | None) -> bool:
    if not isinstance(one, exp.RegexpFullMatch):
        return False
    row = duckdb.execute("select regexp_full_match('', $1)", [one.expression.name]).fetchone()
    return row is not None and not row[0]


def _guarded(*conditions: exp.Expression | None) -> set[str]:
    """What is not empty where all of the conditions hold, as it is written: it was asked, or fits no pattern else."""
    told: set[str] = set()
    for one in conditions:
        if isinstance(one, exp.And):
            told |= _guarded(one.this, one.expression)
        elif isinstance(one, exp.Or):
            told |= _guarded(one.this) & _guarded(one.expression)
        elif isinstance(one, exp.Where | exp.Paren):
            told |= _guarded(one.this)
        elif _is_empty(one.expression) if isinstance(one, exp.NEQ) else _fits_no_empty(one):
            told.add(one.this.sql())
    return told


def _equalities(condition: exp.Expression) -> Iterator[exp.Expression]:
    """The equalities between relations, not those with a constant or within one row."""
    for equal in condition.find_all(exp.EQ, exp.NullSafeEQ):
        left, right = ({one.table for one in side.find_all(exp.Column)} for side in (equal.this, equal.expression))
        if left and right and left != right:
            yield equal


@dataclass
class Reader:
    """Compiled models by name, what is known of each, and the joins found on what may be empty on both sides."""

    models: Mapping[str, str]
    read: dict[str, Columns] = field(default_factory=dict)
    found: set[tuple[str, str]] = field(default_factory=set)
    current: str = ""

    def columns_of(self, name: str) -> Columns:
        """The columns of a model; of what is none of the project's, no column that may be empty."""
        if name in self.models and name not in self.read:
            before, self.current = self.current, name
            self.read[name] = {}  # as far as it reads itself
            self.read[name] = self._query(sqlglot.parse_one(self.models[name], dialect="duckdb"), {}, {})
            self.current = before
        return self.read.get(name, {})

    def _query(self, query: exp.Expression, known: Sources, outer: Sources) -> Columns:
        known = dict(known)
        for cte in query.ctes if isinstance(query, exp.Query) else []:
            known[cte.alias] = {}  # a recursive one reads itself
            told = self._query(cte.this, known, outer)
            names = [one.name for one in cte.args["alias"].args.get("columns") or []]
            known[cte.alias] = dict(zip(names, told.values(), strict=False)) if names else told
        if isinstance(query, exp.Subquery):
            return self._query(query.this, known, outer)
        if isinstance(query, exp.SetOperation):
            left, right = (self._query(side, known, outer) for side in (query.left, query.right))
            right = right if query.args.get("by_name") else dict(zip(left, right.values(), strict=False))
            return {name: left.get(name, False) or right.get(name, False) for name in [*left, *right]}
        return self._select(query, known, outer) if isinstance(query, exp.Select) else {}

    def _select(self, select: exp.Select, known: Sources, outer: Sources) -> Columns:
        sources: dict[str, Columns] = {}
        start, joins, where = select.args.get("from_"), select.args.get("joins") or [], select.args.get("where")
        for one in [*([start.this] if start else []), *(join.this for join in joins)]:
            sources[one.alias_or_name] = self._source(one, known, {**outer, **sources})
        for join in joins:
            self._hold(join.args.get("on"), where, known, {**outer, **sources})
            for column in join.args.get("using") or []:
                if sum(told.get(column.name, False) for told in sources.values()) > 1:
                    self.found.add((self.current, f"using ({column.name})"))
        self._hold(where, where, known, {**outer, **sources})
        made: dict[str, bool] = {}
        guarded = _guarded(where, *(join.args.get("on") for join in joins if not join.side))
        for one in select.expressions:
            made |= self._projected(one, sources, {**outer, **sources}, made, guarded)
        told = {name.rpartition(".")[2] for name in guarded}
        return {name: may and name not in told for name, may in made.items()}

    def _source(self, source: exp.Expression, known: Sources, beside: Sources) -> Columns:
        if isinstance(source, exp.Table):
            if not source.db and source.name in known:
                return known[source.name]
            return self.columns_of(source.name) if source.db in OF_MODELS else {}
        if isinstance(source, exp.Subquery):
            return self._query(source, known, beside)
        return {}

    def _projected(
        self, one: exp.Expression, sources: Sources, around: Sources, made: Columns, guarded: Set[str]
    ) -> dict[str, bool]:
        star = one.this if isinstance(one, exp.Column) else one
        if not isinstance(star, exp.Star):
            return {one.alias_or_name: _may(one.unalias(), around, made, guarded)}
        whose = [sources.get(one.table, {})] if isinstance(one, exp.Column) else list(sources.values())
        gone = {part.name for part in star.args.get("except_") or []}
        columns = {name: may for told in whose for name, may in told.items() if name not in gone}
        return columns | {part.alias: _may(part.this, around, made, guarded) for part in star.args.get("replace") or []}

    def _hold(
        self, condition: exp.Expression | None, where: exp.Expression | None, known: Sources, sources: Sources
    ) -> None:
        if condition is None:
            return
        for inner in condition.find_all(exp.Select):
            if inner.find_ancestor(exp.Select, exp.Where, exp.Join) is not None:
                self._query(inner, known, sources)
        guarded = _guarded(condition, where)
        for equal in _equalities(condition):
            if all(_may(side, sources, {}, guarded) for side in (equal.this, equal.expression)):
                self.found.add((self.current, equal.sql(dialect="duckdb")))
        for one in condition.find_all(exp.In):
            query = one.args.get("query")
            inside = self._query(query, known, sources) if query is not None else {}
            if any(inside.values()) and _may(one.this, sources, {}, guarded):
                self.found.add((self.current, one.sql(dialect="duckdb")))


def joins_on_empty_text(models: Mapping[str, str]) -> set[tuple[str, str]]:
    """Of compiled models by name, those that join on what may be empty on both sides, each with the condition."""
    reader = Reader(models)
    for name in models:
        reader.columns_of(name)
    return reader.found

"""`make mutants-executed`: changes the SQL that modules execute, one thing at a time, and says what no test notices.

SQL that a module puts together is known only once it is executed. So a module's own tests run once to see it, and once
more for each mutant, which then stands in the place of what the module executes. One that they pass is explained in
`explained_executed.yaml`, by its module and name, or fails the run; so does an explanation of one that they find, or
that is there no more. With names of modules, of those alone.
"""

import io
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
import yaml
from sqlglot import exp

from tests.mutants.mutate import mutants
from tests.mutants.python import TESTS
from tests.mutants.run import is_unexplained

PROJECT = Path(__file__).parents[2]
EXPLAINED = Path(__file__).with_name("explained_executed.yaml")
# Those whose SQL is no subject of `make mutants`. What they ask of the gate is one.
MODULES = (
    "gate/leaving", "gate/since", "gate/rows", "publication/last_delivered", "publication/revisions",
    "delivery/removals",
)  # fmt: skip
_ASKED_OF_THE_GATE = frozenset(("decisive", "admitted"))
# A directory, a day or a list of what is withheld is of one test alone.
_OF_ONE_TEST = re.compile(r"'[^']*/[^']*'|'\d{4}-\d\d-\d\d'|CAST\(\[[^\]]*\] AS TEXT\[\]\)")
_execute = duckdb.DuckDBPyConnection.execute

# A change of a statement that a function executes.
Change = Callable[[str, str], str]


@lru_cache(maxsize=10_000)
def changed(function: str, text: str) -> Mapping[str, str]:
    """Every mutant of what a function executes, which may be several statements, by what is written and changed."""
    trees = [tree for tree in sqlglot.parse(text, read="duckdb") if tree is not None]
    statements = [tree.sql("duckdb") for tree in trees]
    found: dict[str, str] = {}
    for place, (tree, statement) in enumerate(zip(trees, statements, strict=True)):
        for mutant in mutants(statement, left_alone=None, passed_over=_ASKED_OF_THE_GATE, unnamed=_OF_ONE_TEST):
            name = f"{function}, {_written(tree)}: {mutant.name}"
            others = sum(1 for one in found if one == name or one.startswith(f"{name} ("))
            name += f" ({others + 1})" if others else ""
            found[name] = "; ".join([*statements[:place], mutant.sql, *statements[place + 1 :]])
    return found


def _written(tree: exp.Expression) -> str:
    """The relation that a statement writes, or else what kind of statement it is."""
    table = tree.find(exp.Table) if isinstance(tree, exp.Create | exp.Insert) else None
    return table.sql("duckdb") if table else tree.key


def survivors(tests: Sequence[Path], module: str) -> tuple[set[str], set[str]]:
    """The names of all mutants of the SQL that a module executes in its tests, and of those with which they pass.

    Raises:
        AssertionError: the tests fail without a mutant.
    """
    made: set[str] = set()

    def seen(function: str, text: str) -> str:
        made.update(changed(function, text))
        return "; ".join(tree.sql("duckdb") for tree in sqlglot.parse(text, read="duckdb") if tree is not None)

    if not _passes(tests, module, seen):
        raise AssertionError(f"the tests of {module} fail as it is, once its SQL is read and written again")
    return made, {name for name in sorted(made) if _passes(tests, module, _only(name))}


def _only(name: str) -> Change:
    """Put one mutant in the place of what it changes, however often it is executed."""
    function = name.split(", ", 1)[0]

    def change(caller: str, text: str) -> str:
        return changed(caller, text).get(name, text) if caller == function else text

    return change


def _passes(tests: Sequence[Path], module: str, change: Change) -> bool:
    """Whether tests pass while what a module executes is changed."""

    def execute(connection: duckdb.DuckDBPyConnection, query: Any, *values: Any, **named: Any) -> object:
        caller = sys._getframe(1)
        if caller.f_globals["__name__"] == module and isinstance(query, str):
            query = change(caller.f_code.co_name, query)
        return _execute(connection, query, *values, **named)

    command = ["-n", "0", "-x", "-p", "no:cacheprovider", *map(str, tests)]
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        patch.setattr(duckdb.DuckDBPyConnection, "execute", execute)
        return pytest.main(command) == pytest.ExitCode.OK


def explained() -> Mapping[str, Mapping[str, str]]:
    """Of each module the mutants that no test can notice, each with the reason."""
    return yaml.safe_load(EXPLAINED.read_text(encoding="utf-8")) or {}


def main(wanted: Sequence[str]) -> int:
    """Run every mutant; return 1 if one survives unexplained, or an explanation explains none."""
    is_wrong = False
    for name in MODULES:
        if wanted and name not in wanted:
            continue
        began = time.monotonic()
        tests = [PROJECT / "tests/exports" / test for test in TESTS[name]]
        made, alive = survivors(tests, f"exports.{name.replace('/', '.')}")
        print(f"{name}: {len(made)} mutants, {len(alive)} unnoticed, {time.monotonic() - began:.0f} s", flush=True)
        is_wrong |= is_unexplained(made, alive, explained().get(name, {}))
    return int(is_wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

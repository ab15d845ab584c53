"""The mutants of executed SQL: what is changed, and that a module whose tests ask too little is found out."""

from pathlib import Path

import pytest

from tests.mutants.executed import MODULES, changed, explained, survivors

_MODULE = '''"""Who is old."""


def find_old(connection, day):
    """Write down who is old, and who is named otherwise."""
    connection.execute(
        f"create temp table old as select name from people where age > 64 and born < '{day}';"
        "delete from old where starts_with(name, 'X')"
    )
    return connection.execute("select name from old where $1 or name = 'B' order by 1", [True]).fetchall()
'''
_TESTS = '''"""Asks too little of a day."""

import duckdb
from old_people import find_old


def test_who_is_old():
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "create temp table people as select * from (values ('A', 90, '1930-01-01'), ('B', 64, '1960-01-01'),"
            " ('XC', 80, '1940-01-01'), ('D', null, '1930-01-01')) as t(name, age, born)"
        )
        assert find_old(connection, "2026-05-04") == [("A",)]
'''


@pytest.mark.long
def test_what_no_test_tells_survives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "old_people.py").write_text(_MODULE)
    tests = tmp_path / "test_old_people.py"
    tests.write_text(_TESTS)
    monkeypatch.syspath_prepend(tmp_path)
    made, alive = survivors([tests], "old_people")
    assert made == {
        f"find_old, {what}"
        for predicate in (
            "old: {}: age > 64", "old: {}: born < …", "delete: {}: STARTS_WITH(name, 'X')", "select: {}: $1",
            "select: {}: name = 'B'",
        )
        for what in (predicate.format("without"), predicate.format("not"))
    }  # fmt: skip
    assert alive == {
        "find_old, old: without: born < …",
        *(f"find_old, select: {how}: name = 'B'" for how in ("without", "not")),
    }


def test_each_of_several_statements_is_changed_alone() -> None:
    found = changed("write", "insert into a select 1 from b where c; insert into a select 1 from b where c")
    assert list(found) == [
        "write, a: without: c", "write, a: not: c", "write, a: without: c (2)", "write, a: not: c (2)"
    ]  # fmt: skip
    assert found["write, a: not: c"] == (
        "INSERT INTO a SELECT 1 FROM b WHERE NOT (c); INSERT INTO a SELECT 1 FROM b WHERE c"
    )
    assert found["write, a: not: c (2)"].endswith("; INSERT INTO a SELECT 1 FROM b WHERE NOT (c)")


def test_every_explanation_is_of_a_module_and_says_something() -> None:
    assert explained().keys() <= {*MODULES}
    assert all(reason.strip() for reasons in explained().values() for reason in reasons.values())

"""The mutator itself: what it changes, and that a hub without the row that would tell is found out."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb
import pytest

from tests.mutants import run
from tests.mutants.hub import Subject, survivors
from tests.mutants.mutate import mutants, plain
from tests.mutants.run import explained

_QUERY = """
create or replace temp table found as
select a.i, coalesce(b.j, 0) as j, if(a.i > 1, 'x', 'y') as k, coalesce(a.is_on, true) as is_on
from numbers as a
left join others as b on a.i = b.i and b.j > 0
where (a.i < 3 or a.i = 7) and not a.is_off
"""
_ROWS = """
create temp table numbers as select * from (values
    (1, true, false), (2, null, false), (3, true, false), (7, false, false), (2, true, true)) as t(i, is_on, is_off);
create temp table others as select * from (values {others}) as t(i, j);
"""
_ENOUGH = "(2, 5), (2, -5), (7, 9), (3, 3)"
_SURVIVOR, _FEW = "without: b.j > 0", "(2, 5), (7, 9), (3, 3)"


def test_every_predicate_join_and_default_is_changed_once() -> None:
    made = {one.name for one in mutants(_QUERY)}
    assert made == {
        "without: a.i = b.i", "not: a.i = b.i", "without: b.j > 0", "not: b.j > 0", "without: a.i < 3", "not: a.i < 3",
        "without: a.i = 7", "not: a.i = 7", "without: NOT a.is_off", "not: NOT a.is_off", "without: a.i > 1",
        "not: a.i > 1", "without default: COALESCE(b.j, 0)", "without default: COALESCE(a.is_on, TRUE)",
        "other default: COALESCE(a.is_on, TRUE)", "INNER join: LEFT JOIN others AS b ON a.i = b.i AND b.j > 0",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("others", "unnoticed"),
    [
        (_ENOUGH, set()),
        (_FEW, {_SURVIVOR}),
    ],
)
def test_what_no_row_tells_survives(others: str, unnoticed: set[str]) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute(_ROWS.format(others=others))
        subject = Subject("numbers", _QUERY, (), "from temp.found")
        made = {one.name: one.sql for one in mutants(_QUERY)}
        assert set(survivors(connection, subject, made, plain(_QUERY))) == unnoticed


def test_an_error_is_noticed() -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute(_ROWS.format(others=_ENOUGH))
        subject = Subject("numbers", _QUERY, (), "from temp.found")
        assert list(survivors(connection, subject, {"broken": "select nothing"}, plain(_QUERY))) == []


@pytest.mark.parametrize(
    ("others", "reasons", "code"),
    [
        (_ENOUGH, {}, 0), (_FEW, {}, 1), (_FEW, {_SURVIVOR: "why"}, 0),
        # What is found needs no explanation, nor does what is no mutant.
        (_ENOUGH, {_SURVIVOR: "why"}, 1), (_ENOUGH, {"without: b.k": "why"}, 1),
    ],
)  # fmt: skip
def test_the_run_fails_unless_exactly_the_survivors_are_explained(
    monkeypatch: pytest.MonkeyPatch, others: str, reasons: Mapping[str, str], code: int
) -> None:
    @contextmanager
    def hub() -> Iterator[tuple[duckdb.DuckDBPyConnection, list[Subject]]]:
        with duckdb.connect(":memory:") as connection:
            connection.execute(_ROWS.format(others=others))
            yield connection, [Subject("numbers", _QUERY, (), "from temp.found")]

    monkeypatch.setattr(run, "second_night", hub)
    monkeypatch.setattr(run, "explained", lambda: {"numbers": reasons})
    assert run.main([]) == code
    assert run.main(["others"]) == 0


def test_every_explanation_says_something() -> None:
    assert all(reason.strip() for reasons in explained().values() for reason in reasons.values())

"""Which files of which night each receiver has last, by the ledgers of nights that withheld some."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import cast

import duckdb
import pytest

from exports.publication.last_delivered import find_last_delivered
from exports.publication.night_changes import History
from tests.exports.conftest import BUSINESS_DATE

# Of a night what its ledger has: target, file and recipient; a night without ledger is one of an earlier Fil.
Ledger = list[tuple[str, str, str | None]]
_CANDIDATES = """
create table {night}.hub.segment_candidates (
    segment varchar, topic varchar, person_id varchar, organisation_id varchar, about_person_id varchar,
    basis varchar, request_id varchar, reason_out varchar, address varchar
);
insert into {night}.hub.segment_candidates
select *, if(basis = 'request', person_id || '@example.org', null) from (values
    ('a', '1', 'P1', null, 'PCHILD', 'request', '{night} R1', null),
    ('a', '1', 'P1', null, null, 'consent', null, 'told by another'),
    ('a', '2', 'P1', null, null, 'public_task', null, null),
    ('a', '1', 'PX', 'OX', null, 'request', '{night} RX', null)
) as t(segment, topic, person_id, organisation_id, about_person_id, basis, request_id, reason_out);
"""


class Nights:
    """A history made by hand: nights, by the number of days before the business date."""

    def __init__(self, nights: Mapping[int, Ledger | None]) -> None:
        self.nights = nights

    def nights_back(
        self, connection: duckdb.DuckDBPyConnection, business_date: date, tables: Sequence[str]
    ) -> Iterator[tuple[date, str]]:
        """Each night, the last one first."""
        assert set(tables) == {"deliveries", "segment_candidates"}
        for before, ledger in sorted(self.nights.items()):
            name = f"night_{before}"
            connection.execute(f"attach ':memory:' as {name}; create schema {name}.hub")
            connection.execute(_CANDIDATES.format(night=name))
            if ledger is not None:
                columns = "(target varchar, file varchar, recipient_id varchar)"
                connection.execute(f"create table {name}.hub.deliveries {columns}")
                connection.executemany(f"insert into {name}.hub.deliveries values ($1, $2, $3)", ledger)
            yield business_date - timedelta(days=before), name


def last_delivered(nights: Mapping[int, Ledger | None], superseded: Ledger | None = None) -> list[tuple[object, ...]]:
    """Target, file, recipient, and the basis of a row of an audience."""
    with duckdb.connect(":memory:") as connection:
        if superseded:
            connection.execute("create temp table superseded (target varchar, file varchar, recipient_id varchar)")
            connection.executemany("insert into superseded values ($1, $2, $3)", superseded)
        find_last_delivered(connection, cast("History", Nights(nights)), BUSINESS_DATE)
        written_to = "select distinct basis, address from last_delivered where address is not null or basis = 'request'"
        assert set(connection.execute(written_to).fetchall()) <= {
            ("request", "P1@example.org"), ("request", "PX@example.org")
        }  # fmt: skip
        return connection.execute("select * exclude (address) from last_delivered order by all").fetchall()


def names(nights: Mapping[int, Ledger | None], superseded: Ledger | None = None) -> list[str]:
    """Target, file and recipient in a line each."""
    return [" ".join(map(str, row[:3])) for row in last_delivered(nights, superseded)]


def audience(stem: str, recipient: str | None, target: str = "c") -> tuple[str, str, str | None]:
    """A row of the ledger: a recipient, or a withheld audience."""
    return (target, f"audience.{stem}" + ("" if recipient else ".withheld"), recipient)


@pytest.mark.parametrize(
    ("nights", "expected"),
    [
        ({}, []),
        ({1: None}, []),
        ({1: [("x", "x", "P1")], 2: [("x", "x", "PZ")]}, ["x x P1"]),
        ({3: [("x", "x", "P1")], 5: [("x", "x", "PZ")]}, ["x x P1"]),
        # A target's own file is withheld, and what another has is whole.
        (
            {1: [("x", "withheld", None), ("c", "c", "P1")], 2: [("x", "x", "PZ"), ("c", "c", "PY")]},
            ["c c P1", "x x PZ"],
        ),
        ({1: [("x", "withheld", None)], 2: None, 3: [("x", "x", "PZ")]}, []),
        # An audience.
        (
            {
                1: [audience("a.1", None), audience("a.2", "P1"), ("c", "c", "P1")],
                2: [audience("a.1", "P2"), audience("a.2", "P3"), audience("a.10", "P4"), ("c", "c", "P5"),
                    audience("a.1", "P6", "x")],
            },
            ["c audience.a.1 P2", "c audience.a.2 P1", "c c P1"],
        ),
        # All of a segment.
        (
            {
                1: [audience("a", None)],
                2: [audience("a.1", "P1"), audience("a.2", "P2"), audience("ab.1", "P3"), audience("b.1", "P4")],
            },
            ["c audience.a.1 P1", "c audience.a.2 P2"],
        ),
        ({1: [audience("a", None)], 2: [audience("a.1", "P1")], 3: [audience("a.1", "PZ")]}, ["c audience.a.1 P1"]),
        # What was withheld longer is looked for further back, and nothing else.
        (
            {
                1: [audience("a", None), ("c", "c", "P1")],
                2: [audience("a.1", None), audience("a.2", "P2"), audience("b", None), ("c", "withheld", None)],
                3: [audience("a.1", "P3"), audience("a.2", "PZ"), audience("b.1", "PZ"), ("c", "c", "PZ")],
            },
            ["c audience.a.1 P3", "c audience.a.2 P2", "c c P1"],
        ),
        (
            {
                1: [audience("a.1", None), audience("a.2", "P2")],
                2: [audience("a", None)],
                3: [audience("a.1", "P3"), audience("a.2", "PZ")],
            },
            ["c audience.a.1 P3", "c audience.a.2 P2"],
        ),
        (
            {
                1: [audience("a.1", None)],
                2: [audience("a.1", None), audience("a.1", None, "x")],
                3: [audience("a.1", "P3"), audience("a.1", "PZ", "x")],
            },
            ["c audience.a.1 P3"],
        ),
        # The same audience of another receiver.
        (
            {
                1: [audience("a.1", None), audience("a.1", "P1", "x")],
                2: [audience("a.1", "P2"), audience("a.1", None, "x")],
                3: [audience("a.1", "PZ"), audience("a.1", "PZ", "x")],
            },
            ["c audience.a.1 P2", "x audience.a.1 P1"],
        ),
        # Of a date that is run again, both what it delivered and what was delivered before it.
        (
            {
                0: [("x", "x", "P1"), ("x", "x", "P2"), audience("a.1", None)],
                1: [("x", "x", "P2"), ("x", "x", "P3"), audience("b.1", None)],
                2: [("x", "x", "PZ"), audience("a.1", "PZ"), audience("b.1", "P4")],
            },
            ["c audience.b.1 P4", "x x P1", "x x P2", "x x P3"],
        ),
        ({0: [("x", "x", "P1")]}, ["x x P1"]),
    ],
)  # fmt: skip
def test_what_was_withheld_is_had_from_the_night_before(
    nights: Mapping[int, Ledger | None], expected: list[str]
) -> None:
    assert names(nights) == expected


_HIDDEN: Ledger = [
    ("c", "audience.RESERVAT", "PB"), ("c", "c", "PA"), audience("a.1", "PA"), audience("a.2", "PC"),
    audience("a.3", None), audience("z.1", "PA", "x"), ("x", "x", "PB"),
]  # fmt: skip
_SHOWN = [
    "c audience.a.1 PA", "c audience.a.2 PC", "c c PA", "x audience.z.1 PA", "x x PB",
]  # fmt: skip


@pytest.mark.parametrize(
    ("superseded", "expected"),
    [
        ([], ["c audience.a.1 PB", "c audience.a.2 PB"]),
        ([audience("a.1", "PB")], []),
        ([audience("a.1", "PB", "x")], ["c audience.a.1 PB", "c audience.a.2 PB"]),
        ([audience("a.1", "PC")], ["c audience.a.1 PB", "c audience.a.2 PB"]),
    ],
)
def test_who_is_hidden_may_have_stood_in_each_audience_of_the_target(superseded: Ledger, expected: list[str]) -> None:
    assert names({1: _HIDDEN}, superseded) == sorted(_SHOWN + expected)


def test_who_is_hidden_stood_in_no_audience_where_there_was_none() -> None:
    assert names({1: [("c", "audience.RESERVAT", "PB"), audience("z.1", "PA", "x")]}) == ["x audience.z.1 PA"]


def test_what_a_row_rested_on_is_as_of_the_night_that_delivered_it() -> None:
    nights: Mapping[int, Ledger | None] = {
        0: [audience("a.1", "P1"), ("c", "c", "P1")],
        1: [audience("a.1", "P1"), audience("a.1", "OX"), audience("a.1", "P2"), ("c", "c", "P1")],
    }
    assert last_delivered(nights) == [
        ("c", "audience.a.1", "OX", "request", "night_1 RX", None),
        ("c", "audience.a.1", "P1", "request", "night_0 R1", "PCHILD"),
        ("c", "audience.a.1", "P2", None, None, None),
        ("c", "c", "P1", None, None, None),
    ]

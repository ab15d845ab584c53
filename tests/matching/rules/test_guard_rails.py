"""Each rail is written twice: its SQL finds every place where its Python, on clusters, finds a broken rail."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import combinations
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.rules.guard_rails import (
    BIRTH_DATE,
    FACTS,
    RAILS,
    Cluster,
    Facts,
    broken_components,
    broken_rail,
    contradict,
)

# Few values, so that records agree and differ in all ways; years within a generation and beyond, days and months alike.
DAYS = [date(year, month, day) for year in (1960, 1970, 1990) for month in (3, 4) for day in (3, 14)]
Record = dict[str, Any]
DOCUMENTS: list[Record] = [
    {"document_type": kind, "document": document, "is_document_valid": is_valid}
    for kind, *documents in (
        ("DNI", "46123456M", "38765432B"),
        ("NIE", "X1234567L", "X3681940P"),
        ("ORGANISATION", "B61234567", "A61234567", "B61234568"),
        ("PASSPORT", "AB1", "AB2"),
    )
    for document in documents
    for is_valid in (True, False)
]
COLUMNS = {
    "component_number": pa.int64(), "unique_id": pa.string(), "document_type": pa.string(), "document": pa.string(),
    "is_document_valid": pa.bool_(), "is_live": pa.bool_(), "birth_date": pa.date32(), "entry_of": pa.string(),
    "form_of": pa.string(), "born_from": pa.date32(), "born_until": pa.date32(),
}  # fmt: skip


def component(draws: random.Random, documents: Sequence[Record] = DOCUMENTS) -> list[Record]:
    """Random records with the columns of one rail or of all: those that Hypothesis draws are mostly alike."""
    about = draws.choice(("documents", "entries", "births", "forms", "times", "all"))
    kind = draws.choice([one["document_type"] for one in documents])
    found = []
    for _ in range(draws.randrange(2, 6)):
        one: Record = dict.fromkeys(COLUMNS) | {"is_document_valid": False, "is_live": False}
        if about in ("documents", "all"):
            one |= draws.choice([document for document in documents if document["document_type"] == kind])
        if about in ("entries", "all"):
            one |= draws.choice([*documents, {}]) | {"entry_of": draws.choice(("padro", "contribuents", None))}
        if about in ("forms", "all"):
            one["form_of"] = draws.choice(("E1", "E2", "E3", None))
        if about in ("births", "all"):
            one["birth_date"] = draws.choice([*DAYS, None])
        if about in ("times", "all"):
            one[draws.choice(("birth_date", "born_from", "born_until"))] = draws.choice(DAYS)
        found.append(one)
    return found


def write_facts(connection: duckdb.DuckDBPyConnection, components: Sequence[Sequence[Record]]) -> dict[str, Facts]:
    """Write the records of components to the table `facts`; return the facts of each record as the rails read them."""
    rows = [
        one | {"component_number": number, "unique_id": f"{number}-{place}"}
        for number, component in enumerate(components)
        for place, one in enumerate(component)
    ]
    connection.register(
        "given", pa.table({name: pa.array([row[name] for row in rows], kind) for name, kind in COLUMNS.items()})
    )
    connection.execute("create or replace temp table facts as from given")
    connection.unregister("given")
    found = connection.execute(f"select {FACTS} from facts").fetchall()
    return {facts.mention_id: facts for facts in (Facts(*row) for row in found)}


def together(facts: Iterable[Facts]) -> Cluster:
    """The cluster of some mentions, even where it breaks a rail: a steward may have joined them."""
    whole = Cluster()
    for one in facts:
        whole.absorb(Cluster.of(one))
    return whole


def test_the_sql_finds_every_component_in_which_two_parts_break_a_rail(connection: duckdb.DuckDBPyConnection) -> None:
    """For any two parts of a component, since links are tried one by one. A record may be in neither part."""
    seen: Counter[str] = Counter()

    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(st.integers(0, 2**32))
    def holds(seed: int) -> None:
        draws = random.Random(seed)  # noqa: S311 - a test's draws, no secret
        drawn = [component(draws) for _ in range(60)]
        facts = write_facts(connection, drawn)
        every: set[int] = set()
        for rail in RAILS:
            found = {row[0] for row in connection.execute(broken_components("facts", [rail])).fetchall()}
            for number, records in enumerate(drawn):
                sides = [draws.choice((0, 0, 1, 1, 2)) for _ in records]
                parts = [
                    together(facts[f"{number}-{place}"] for place, side in enumerate(sides) if side == which)
                    for which in (0, 1)
                ]
                if all(part.mention_ids for part in parts) and rail.is_broken(*parts):
                    seen[rail.code] += 1
                    assert number in found, (rail.code, records)
            every |= found
        assert {row[0] for row in connection.execute(broken_components("facts")).fetchall()} == every

    holds()
    assert min(seen[rail.code] for rail in RAILS) > 20


def test_the_sql_on_pairs_says_of_two_mentions_what_the_python_says(connection: duckdb.DuckDBPyConnection) -> None:
    """Except for a mention that is impossible by itself: the Python assumes that a steward decided so."""
    seen: Counter[str] = Counter()
    rails = [rail for rail in RAILS if rail.pair_sql]
    assert BIRTH_DATE not in rails
    of_people = [one for one in DOCUMENTS if one["document_type"] != "ORGANISATION"]

    @settings(max_examples=200, deadline=None, derandomize=True)
    @given(st.integers(0, 2**32))
    def holds(seed: int) -> None:
        draws = random.Random(seed)  # noqa: S311 - a test's draws, no secret
        facts = write_facts(connection, [[*component(draws, of_people), *component(draws, of_people)]])
        for rail in rails:
            found = set(
                connection.execute(
                    "select l.unique_id, r.unique_id from facts as l inner join facts as r"
                    f" on l.unique_id <> r.unique_id where {rail.pair_sql}"
                ).fetchall()
            )
            for one, other in combinations(facts, 2):
                clusters = Cluster.of(facts[one]), Cluster.of(facts[other])
                is_broken = rail.is_broken(*clusters)
                seen[rail.code] += is_broken
                assert ((one, other) in found) == ((other, one) in found)
                if rail.code != "impossible" or not any(rail.is_broken(cluster, cluster) for cluster in clusters):
                    assert ((one, other) in found) == is_broken, rail.code
                else:
                    assert (one, other) in found or not is_broken

    holds()
    assert min(seen[rail.code] for rail in rails) > 20


@pytest.mark.parametrize(
    ("one", "other", "code"),
    [
        ({"document": "46123456M"}, {"document": "38765432B"}, "two_valid_documents"),
        ({"document": "46123456M"}, {"document": "38765432B", "document_type": "NIE"}, None),
        ({"document": "46123456M", "form_of": "E1"}, {"document": "38765432B", "form_of": "E1"}, "one_form"),
        ({"document": "46123456M", "entry_of": "padro"}, {"entry_of": "padro"}, "two_register_entries"),
        ({"birth_date": date(1960, 3, 14)}, {"born_until": date(1950, 1, 1)}, "impossible"),
        ({"birth_date": date(1960, 3, 14)}, {"birth_date": date(1961, 4, 15)}, "birth_date"),
        ({"birth_date": date(1960, 3, 14)}, {"birth_date": date(1961, 3, 15)}, None),
    ],
)
def test_of_several_broken_rails_the_first_is_named(one: Record, other: Record, code: str | None) -> None:
    sides = [Facts(key, **with_document(side)) for key, side in (("a", one), ("b", other))]
    rail = broken_rail(*map(Cluster.of, sides))
    assert (rail and rail.code) == code
    assert rail is None or len(rail.sentence) > 20


def with_document(side: Record) -> Record:
    """A side whose document, if it has one, is a valid DNI."""
    return {"document_type": "DNI", "is_document_valid": "document" in side} | side


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        (date(1989, 4, 8), date(2022, 4, 4), True),
        (date(1989, 4, 8), date(2003, 4, 9), True),
        (date(1989, 4, 8), date(2002, 4, 9), False),
        (date(1989, 4, 8), date(2022, 4, 8), False),
        (date(1989, 4, 8), date(1990, 5, 9), True),
    ],
)
def test_dates_a_generation_apart_need_two_parts_in_common(one: date, other: date, clash: bool) -> None:
    assert contradict(one, other) == contradict(other, one) == clash

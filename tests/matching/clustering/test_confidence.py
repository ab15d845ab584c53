"""A person is as surely one as the weakest link of its strongest spanning tree, held against Kruskal's algorithm."""

import random
from collections.abc import Sequence, Set
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from matching.clustering.clusters import write_clusters
from matching.clustering.confidence import create_confidence
from matching.clustering.disputes import create_disputes
from matching.model.thresholds import SURE
from matching.parties import PERSON
from matching.relations import (
    CLUSTER_CONFIDENCE,
    DOUBTED_MENTIONS,
    LINK_CLUSTERS,
    LINK_EDGES,
    LINK_IN_DISPUTE,
    RECORDS,
    Relation,
)

# Probability, one mention, the other.
Link = tuple[float, str, str]


def write(connection: duckdb.DuckDBPyConnection, table: Relation, **columns: Any) -> None:
    connection.register("given", pa.table(columns))
    connection.execute(f"create or replace temp table {table} as from given")
    connection.unregister("given")


def weakest_link(mentions: Sequence[str], links: Sequence[Link]) -> float:
    """Probability of the weakest link that a person needs."""
    if len(mentions) == 1:
        return 1.0
    parts = {mention: {mention} for mention in mentions}
    weakest = 1.0
    for probability, one, other in sorted(links, reverse=True):
        if parts.get(one) and parts.get(other) and parts[one] is not parts[other]:
            weakest = min(weakest, probability)
            parts[one] |= parts[other]
            for mention in parts[other]:
                parts[mention] = parts[one]
    return weakest if len({id(part) for part in parts.values()}) == 1 else 0.0


def doubted_among(mentions: Sequence[str], links: Sequence[Link], entries: Set[str]) -> set[str]:
    """Mentions without a sure link that are no entry of a register; none if nothing else is left of the person."""
    best: dict[str, float | None] = dict.fromkeys(mentions, None)
    for probability, one, other in links:
        if one in best and other in best:
            best |= {one: max(best[one] or 0, probability), other: max(best[other] or 0, probability)}
    loose = {mention for mention, sure in best.items() if sure is not None and sure < SURE and mention not in entries}
    return loose if loose != set(mentions) else set()


def test_the_weakest_link_that_holds_a_person(connection: duckdb.DuckDBPyConnection) -> None:
    draws = random.Random(3)  # noqa: S311 - a test's draws, no secret
    members: list[tuple[str, str]] = []
    links: list[Link] = []
    disputed: list[str] = []
    entries: list[str] = []
    expected: dict[str, float] = {}
    doubted: set[str] = set()
    for number in range(400):
        mentions = [f"{number:03d}-{place:02d}" for place in range(draws.randrange(1, 14))]
        held: list[Link] = []
        for place, mention in enumerate(mentions[1:], start=1):
            # A chain or a bush, with few probabilities, so that many are alike; then links that hold nothing.
            others = {draws.choice(mentions[:place]), *draws.sample(mentions[:place], draws.randrange(min(place, 3)))}
            held += [
                (draws.choice((0.9, 0.97, 0.99, 0.999)), min(mention, other), max(mention, other))
                for other in sorted(others)
            ]
        nobodys = {mention for mention in mentions if draws.random() < 0.05}
        entries += [mention for mention in mentions if draws.random() < 0.1]
        members += [(mention, mentions[0]) for mention in mentions]
        links += held
        disputed += sorted(nobodys)
        if settled := [mention for mention in mentions if mention not in nobodys]:
            unsure = doubted_among(settled, held, set(entries))
            expected[mentions[0]] = weakest_link([one for one in settled if one not in unsure], held)
            doubted |= unsure
    probability, one, other = zip(*links, strict=True)
    write(connection, LINK_CLUSTERS, record_number=[m for m, _ in members], cluster_id=[c for _, c in members])
    write(connection, LINK_IN_DISPUTE, record_number=disputed)
    write(
        connection, RECORDS, record_number=[m for m, _ in members], is_register=[m in set(entries) for m, _ in members]
    )  # fmt: skip
    no = [False] * len(links)
    write(
        connection, LINK_EDGES, record_l=one, record_r=other, match_probability=probability, is_steward=no,
        is_same_valid_document=no,
    )  # fmt: skip
    create_confidence(connection)
    found = dict(connection.execute(f"select cluster_id, confidence from {CLUSTER_CONFIDENCE}").fetchall())
    assert found == expected
    assert {row[0] for row in connection.execute(f"select record_number from {DOUBTED_MENTIONS}").fetchall()} == doubted
    assert len(doubted) > 100
    assert len(set(expected.values())) == 6  # of nothing, of four links, and of whoever is alone


def test_a_decision_is_sure_and_a_document_never_scored_is_not(connection: duckdb.DuckDBPyConnection) -> None:
    write(connection, LINK_CLUSTERS, record_number=["a", "b", "c", "d"], cluster_id=["a", "a", "c", "c"])
    connection.execute(f"create or replace temp table {LINK_IN_DISPUTE} (record_number varchar)")
    write(connection, RECORDS, record_number=["a", "b", "c", "d"], is_register=[False] * 4)
    write(
        connection, LINK_EDGES, record_l=["a", "c"], record_r=["b", "d"], match_probability=[0.5, None],
        is_steward=[True, False], is_same_valid_document=[False, True],
    )  # fmt: skip
    create_confidence(connection)
    assert connection.execute(f"select cluster_id, confidence from {CLUSTER_CONFIDENCE} order by 1").fetchall() == [
        ("a", 1.0),
        ("c", 0.999),
    ]


# Links, the confidence of each mention, and the confidence of the person. E is an entry of the Padró and T one of the
# taxpayers; the others are rows of forms.
STORIES: dict[str, tuple[list[Link], dict[str, float], float]] = {
    "a name alone beside an entry": ([(0.75, "E", "x")], {"E": 1.0, "x": 0.75}, 1.0),
    "a name alone beside two that are surely one": (
        [(0.999, "a", "b"), (0.75, "a", "x"), (0.7, "b", "x")], {"a": 0.999, "b": 0.999, "x": 0.75}, 0.999,
    ),
    "two names alone, however alike": (
        [(0.75, "E", "x"), (0.98, "x", "y"), (0.999, "E", "a")], {"E": 0.999, "a": 0.999, "x": 0.75, "y": 0.75}, 0.999,
    ),
    "two strong halves with a weak link": (
        [(0.999, "a", "b"), (0.75, "b", "c"), (0.999, "c", "d")], dict.fromkeys("abcd", 0.999), 0.75,
    ),
    "two entries with a weak link": ([(0.75, "E", "T")], {"E": 0.75, "T": 0.75}, 0.75),
    "an entry and a strong half": ([(0.75, "E", "a"), (0.999, "a", "b")], {"E": 0.75, "a": 0.999, "b": 0.999}, 0.75),
    "two strong halves that only a name alone holds": (
        [(0.999, "a", "b"), (0.9, "b", "x"), (0.9, "x", "c"), (0.999, "c", "d")],
        dict.fromkeys("abcd", 0.999) | {"x": 0.9}, 0.0,
    ),
    "nobody sure": ([(0.9, "a", "b"), (0.75, "b", "c")], {"a": 0.9, "b": 0.9, "c": 0.75}, 0.75),
}  # fmt: skip


@pytest.mark.parametrize("name", STORIES)
def test_a_weak_mention_is_doubted_and_not_its_person(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """What a name alone says pushes nobody out; a person of two halves that may be two people is doubted whole."""
    links, confidences, whole = STORIES[name]
    members = sorted(confidences)
    connection.execute("attach if not exists ':memory:' as work; create schema if not exists work.linkage")
    write(connection, LINK_CLUSTERS, record_number=members, mention_id=members, cluster_id=["1"] * len(members))
    columns = {"unique_id": members, "record_number": members, "is_register": [one in "ET" for one in members]}
    no = [False] * len(members)
    nothing = pa.array([None] * len(members), pa.string())
    write(
        connection, RECORDS, **columns, is_live=no, is_document_valid=no, document=nothing, document_type=nothing,
    )  # fmt: skip
    probability, one, other = zip(*links, strict=True)
    no = [False] * len(links)
    write(
        connection, LINK_EDGES, record_l=one, record_r=other, match_probability=probability, is_steward=no,
        is_same_valid_document=no,
    )  # fmt: skip
    create_disputes(connection, [])
    create_confidence(connection)
    write_clusters(connection, PERSON)
    rows = connection.execute(f"select mention_id, confidence, cluster_confidence from {PERSON.clusters}").fetchall()
    assert {mention: confidence for mention, confidence, _ in rows} == confidences
    assert {confidence for *_, confidence in rows} == {whole}

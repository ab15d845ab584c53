"""Measures against the truth: by hand on a small linkage, and equal to counting every pair on any linkage."""

from collections.abc import Iterable, Sequence
from itertools import combinations

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.evaluation.groups import recall_between, score_mentions, score_persons
from matching.evaluation.pair_counts import Evaluation, PairCounts, evaluate_links

# mention: person of the linkage (None: in review), true person, source, error types
Told = tuple[str | None, str, str, tuple[str, ...]]
SMALL: dict[str, Told] = {
    "a1": ("P1", "A", "padro", ()),
    "a2": ("P1", "A", "iris", ("typo",)),
    "a3": (None, "A", "iris", ("typo", "swapped")),
    "b1": ("P1", "B", "padro", ()),
    "b2": ("P2", "B", "iris", ()),
    "c1": ("P3", "C", "padro", ()),
}


CONNECTION = duckdb.connect(":memory:", config={"threads": 1})


def compare(mentions: dict[str, Told]) -> tuple[duckdb.DuckDBPyConnection, Evaluation]:
    rows = [(mention, *told) for mention, told in mentions.items()]
    names, persons, truths, sources, errors = zip(*rows, strict=True) if rows else ((),) * 5
    told = pa.table(
        {
            "mention_id": pa.array(names, pa.string()),
            "person_id": pa.array(persons, pa.string()),
            "true_person_id": pa.array(truths, pa.string()),
            "source": pa.array(sources, pa.string()),
            "error_types": pa.array(errors, pa.list_(pa.string())),
        }
    )
    CONNECTION.register("told", told)
    return CONNECTION, evaluate_links(CONNECTION, "told", "told")


BY_SOURCE = "(select source as part, mention_id from told)"
BY_ERROR = "(select unnest(error_types) as part, mention_id from told)"
BY_PERSON = "(select distinct if(true_person_id = 'A', 'A', 'others') as part, true_person_id from told)"


def test_a_small_linkage_by_hand() -> None:
    """True pairs: three of A, one of B. Linked: three in P1, of which a1-a2 alone is right."""
    _, found = compare(SMALL)
    assert (found.mentions, found.true_pairs, found.linked_pairs, found.right_pairs) == (6, 4, 3, 1)
    assert (found.false_pairs, found.missed_pairs) == (2, 3)
    assert (found.precision, found.recall) == (1 / 3, 1 / 4)
    assert found.f1 == pytest.approx(2 / 7)
    # B-cubed precision: a1, a2 2/3, a3 1, b1 1/3, b2 1, c1 1; recall: a1, a2 2/3, a3 1/3, b1, b2 1/2, c1 1.
    precision, recall = (2 / 3 * 2 + 1 + 1 / 3 + 1 + 1) / 6, (2 / 3 * 2 + 1 / 3 + 1 + 1) / 6
    assert found.b3_f1 == pytest.approx(2 * precision * recall / (precision + recall))


def test_parts_of_a_small_linkage_by_hand() -> None:
    connection, _ = compare(SMALL)
    assert score_mentions(connection, BY_SOURCE) == {
        "iris": PairCounts(mentions=3, true_pairs=4, linked_pairs=2, right_pairs=1),
        "padro": PairCounts(mentions=3, true_pairs=3, linked_pairs=3, right_pairs=1),
    }
    assert score_mentions(connection, BY_ERROR) == {
        "swapped": PairCounts(mentions=1, true_pairs=2, linked_pairs=0, right_pairs=0),
        "typo": PairCounts(mentions=2, true_pairs=3, linked_pairs=2, right_pairs=1),
    }
    assert score_persons(connection, BY_PERSON) == {
        "A": PairCounts(mentions=3, true_pairs=3, linked_pairs=3, right_pairs=1),
        "others": PairCounts(mentions=3, true_pairs=1, linked_pairs=2, right_pairs=0),
    }
    assert recall_between(connection, BY_SOURCE) == [("iris", "iris", 1, 0), ("iris", "padro", 3, 1)]


def test_nothing_to_be_wrong_about_is_right() -> None:
    connection, found = compare({})
    assert (found.mentions, found.precision, found.recall, found.f1, found.b3_f1) == (0, 1.0, 1.0, 1.0, 1.0)
    assert score_mentions(connection, BY_SOURCE) == {}
    assert PairCounts(1, 0, 0, 0).f1 == 1.0 and PairCounts(2, 1, 0, 0).recall == 0.0


def counted(mentions: dict[str, Told], members: Iterable[str]) -> PairCounts:
    """Every pair with a member, one by one."""
    inside = set(members)
    touching: Sequence[tuple[str, str]] = [pair for pair in combinations(mentions, 2) if inside & set(pair)]
    true = {pair for pair in touching if mentions[pair[0]][1] == mentions[pair[1]][1]}
    linked = {
        pair for pair in touching if mentions[pair[0]][0] is not None and mentions[pair[0]][0] == mentions[pair[1]][0]
    }
    return PairCounts(len(inside), len(true), len(linked), len(true & linked))


linkages = st.lists(
    st.tuples(
        st.sampled_from([None, "P1", "P2", "P3"]),
        st.sampled_from("ABCD"),
        st.sampled_from(["padro", "iris", "tramits"]),
        st.sets(st.sampled_from(["typo", "swapped"])).map(lambda errors: tuple(sorted(errors))),
    ),
    max_size=14,
).map(lambda rows: {f"m{number}": told for number, told in enumerate(rows)})


def between_sources(mentions: dict[str, Told]) -> dict[tuple[str, str], list[int]]:
    """True pairs and those linked, by the sources of the two, one by one."""
    expected: dict[tuple[str, str], list[int]] = {}
    for one, other in (map(mentions.__getitem__, pair) for pair in combinations(mentions, 2)):
        if one[1] == other[1]:
            counts = expected.setdefault((min(one[2], other[2]), max(one[2], other[2])), [0, 0])
            counts[0] += 1
            counts[1] += one[0] is not None and one[0] == other[0]
    return expected


@settings(max_examples=50, deadline=None)
@given(linkages)
def test_counting_cells_is_counting_pairs(mentions: dict[str, Told]) -> None:
    connection, found = compare(mentions)
    whole = counted(mentions, mentions)
    assert PairCounts(found.mentions, found.true_pairs, found.linked_pairs, found.right_pairs) == whole
    of_sources = {told[2]: [m for m in mentions if mentions[m][2] == told[2]] for told in mentions.values()}
    assert score_mentions(connection, BY_SOURCE) == {s: counted(mentions, m) for s, m in of_sources.items()}
    errors = {error for told in mentions.values() for error in told[3]}
    assert score_mentions(connection, BY_ERROR) == {
        error: counted(mentions, [m for m in mentions if error in mentions[m][3]]) for error in errors
    }
    of_people = {
        "A": [m for m in mentions if mentions[m][1] == "A"],
        "others": [m for m in mentions if mentions[m][1] != "A"],
    }
    assert score_persons(connection, BY_PERSON) == {p: counted(mentions, m) for p, m in of_people.items() if m}
    between = recall_between(connection, BY_SOURCE)
    assert {(one, other): [true, right] for one, other, true, right in between} == between_sources(mentions)
    assert (sum(row[2] for row in between), sum(row[3] for row in between)) == (found.true_pairs, found.right_pairs)

"""No small count is told: not by a whole and its parts, not by a file's rows, nor by two nights beside each other."""

from collections.abc import Mapping

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from exports.gate.small_cells import shown_count, shown_funnel, shown_parts, shown_sum
from orchestration.dbt.models_alone import render_macro

SMALL = 5
COUNTS = st.integers(0, 14)
PARTS = st.dictionaries(st.sampled_from("abcd"), COUNTS, max_size=4)


def meant(shown: int | None) -> tuple[int, int]:
    """The least and the most that a shown count of the finest table can be."""
    if shown is None:
        return 1, SMALL - 1
    return (max(shown - SMALL // 2, SMALL), shown + SMALL // 2) if shown else (0, 0)


def recovered(shown: Mapping[str, int], counts: Mapping[str, int]) -> set[str]:
    """The small parts that follow from their whole, known to the one, and from what is shown of the parts.

    The attacker knows even which parts there can be, if there can be several. Of whole numbers between bounds whose sum
    is known, each can be all that the others leave: no program finds more.
    """
    names = [name for name, count in counts.items() if count]
    if len(names) < 2:
        return set()
    bounds = {name: meant(shown[name]) if name in shown else (0, SMALL - 1) for name in names}
    whole, found = sum(counts.values()), set()
    for name, (low, high) in bounds.items():
        others = [bounds[other] for other in names if other != name]
        least = max(low, whole - sum(most for _, most in others))
        if least == min(high, whole - sum(fewest for fewest, _ in others)) == counts[name] < SMALL:
            found.add(name)
    return found


@given(PARTS)
def test_no_small_part_follows_from_the_parts_shown_and_the_rows_of_the_file(counts: dict[str, int]) -> None:
    shown = shown_parts(counts, SMALL)
    assert all(count % SMALL == 0 and count for count in shown.values())
    assert recovered(shown, counts) == set()


def test_what_every_largest_count_would_tell_is_not_told() -> None:
    """Without the next higher number for the larger part, 11 less the most that 5 can mean leaves 4."""
    assert recovered({"ca": 5}, {"ca": 7, "es": 4}) == {"es"}
    assert shown_parts({"ca": 7, "es": 4}, SMALL) == {"ca": 10}
    assert shown_parts({"ca": 4, "es": 4}, SMALL) == {"es": 5}
    assert shown_parts({"ca": 4}, SMALL) == {}
    # Nothing small follows from these: each is shown by its own number.
    for counts in ({"ca": 6, "es": 4}, {"ca": 7, "es": 3}, {"ca": 7}, {"ca": 7, "es": 0}):
        assert shown_parts(counts, SMALL) == {"ca": 5}
    assert shown_parts({"ca": 7, "es": 12}, SMALL) == {"ca": 5, "es": 10}


@given(COUNTS, COUNTS)
def test_two_nights_never_differ_by_a_small_count(one: int, other: int) -> None:
    shown = shown_count(one, SMALL), shown_count(other, SMALL)
    if None not in shown:
        assert abs((shown[0] or 0) - (shown[1] or 0)) not in range(1, SMALL)
    low, high = meant(shown_count(one, SMALL))
    assert low <= one <= high and (high > low or one == 0)


@given(st.lists(st.lists(COUNTS, min_size=1, max_size=3), min_size=1, max_size=4), st.lists(COUNTS, min_size=1))
def test_a_funnel_is_the_sum_of_what_is_shown(outs: list[list[int]], ends: list[int]) -> None:
    cells = [[shown_count(one, SMALL) for one in step] for step in outs]
    end = [shown_count(one, SMALL) for one in ends]
    funnel = shown_funnel([(place, f"s{place}", step) for place, step in enumerate(cells)], end)
    assert [(step.number, step.step) for step in funnel] == [(place, f"s{place}") for place in range(len(cells))]
    for place, step in enumerate(funnel):
        assert step.people_out == shown_sum(cells[place])
        assert step.people_left == shown_sum([*end, *(one for later in cells[place + 1 :] for one in later)])


def test_a_sum_of_hidden_counts_alone_is_hidden() -> None:
    assert [shown_sum(one) for one in ([], [0], [0, None], [5, None], [5, 10])] == [0, 0, None, 5, 15]


def test_without_a_rule_every_count_is_shown() -> None:
    assert [shown_count(one, 1) for one in (0, 1, 7)] == [0, 1, 7]


def test_the_macro_of_dbt_shows_the_same_counts() -> None:
    counts = "select count, small, {} from range(60) as a(count), range(1, 12) as b(small)"
    rows = duckdb.sql(counts.format(render_macro("shown_count", "count", "small"))).fetchall()
    assert rows == [(count, small, shown_count(count, small)) for count, small, _ in rows] and len(rows) == 660

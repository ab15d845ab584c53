"""What is usual, what chance does, and what is neither: figures made by hand."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from quality.drift import FEWEST_NIGHTS, MARGINS, Figure, judge
from quality.drift_acceptance import accept, acceptances, softened
from sources.base.journal import RegistryError

DAY = date(2026, 5, 4)
CUTS = ("1", "2", "3", "4")


def nights(measure: str, values: Sequence[float], base: int = 10_000, cut: str = "iris") -> list[Figure]:
    """A figure of as many nights as values; the last is tonight's."""
    first = DAY - timedelta(days=len(values) - 1)
    return [
        Figure(first + timedelta(days=number), "person", measure, cut, value, base)
        for number, value in enumerate(values)
    ]


def failed(figures: Sequence[Figure]) -> list[str]:
    return [outcome.name for outcome in judge(figures, DAY) if not outcome.passed]


def test_the_first_nights_are_recorded_and_not_judged() -> None:
    figures = nights("linked_share", [0.9] * (FEWEST_NIGHTS - 1) + [0.1])
    assert judge(figures, DAY) == []
    figures = nights("linked_share", [0.9] * FEWEST_NIGHTS + [0.1])
    assert failed(figures) == ["person_linked_share_iris"]


@pytest.mark.parametrize("measure", sorted(MARGINS))
def test_a_share_has_its_margin_and_fewer_cases_are_never_too_few(measure: str) -> None:
    usual, margin = 0.3, MARGINS[measure].share
    assert not failed(nights(measure, [usual] * 5 + [usual + margin], 10**9))
    assert failed(nights(measure, [usual] * 5 + [usual + margin + 0.01], 10**9))
    fewer = failed(nights(measure, [usual] * 5 + [usual - margin - 0.01], 10**9))
    assert bool(fewer) is not MARGINS[measure].only_upwards


def test_what_is_usual_is_the_median_and_bears_one_odd_night() -> None:
    assert not failed(nights("linked_share", [0.9, 0.9, 0.2, 0.9, 0.9]))


def test_slow_growth_is_no_drift_and_a_measure_that_is_new_neither() -> None:
    assert not failed(nights("linked_share", [0.5 + 0.003 * number for number in range(30)]))
    assert judge([*nights("linked_share", [0.5] * 5), *nights("linked_share", [0.1], cut="tramits")], DAY)[0].passed


def test_chance_in_a_town_of_a_thousand_is_no_drift() -> None:
    draws = random.Random(1)  # noqa: S311 - a test's draws, no secret
    alarms = 0
    for _ in range(300):
        shares, sizes = [], []
        for _ in range(8):
            shares.append(sum(draws.random() < 0.8 for _ in range(40)) / 40)
            counts = [draws.choices(CUTS, (60, 25, 10, 5))[0] for _ in range(1000)]
            sizes.append({cut: counts.count(cut) / 1000 for cut in CUTS})
        figures = nights("new_linked_share", shares, 40)
        for cut in CUTS:
            figures += nights("size_share", [night[cut] for night in sizes], 1000, cut)
        alarms += bool(failed(figures))
    assert alarms == 0


def test_a_shape_that_shifts_is_drift() -> None:
    usual, shifted = (0.6, 0.25, 0.1, 0.05), (0.45, 0.3, 0.15, 0.1)
    figures = [
        figure
        for cut, then, now in zip(CUTS, usual, shifted, strict=True)
        for figure in nights("size_share", [then] * 4 + [now], 1000, cut)
    ]
    assert failed(figures) == ["person_size_share"]


def test_a_person_who_swallows_others_is_drift() -> None:
    assert failed(nights("largest", [7.0] * 4 + [25.0], cut="all")) == ["person_largest"]


def test_an_acceptance_softens_one_night_and_stays_on_record(tmp_path: Path) -> None:
    outcomes = judge(nights("linked_share", [0.9] * 4 + [0.1]), DAY)
    assert acceptances(tmp_path) == {}
    assert softened(outcomes, None) == outcomes
    accepted = accept(tmp_path, DAY, "M. Serra", "a new office joined")
    assert acceptances(tmp_path)[DAY].why == "a new office joined"
    assert [one.severity for one in softened(outcomes, accepted)] == ["warn"]
    (name,) = [one.name for one in outcomes]
    for figures, severity in (([name], "warn"), (["another_figure"], outcomes[0].severity)):
        accept(tmp_path, DAY, "M. Serra", "a new office joined", figures)
        assert [one.severity for one in softened(outcomes, acceptances(tmp_path)[DAY])] == [severity]
    assert acceptances(tmp_path).keys() == {DAY}
    (tmp_path / "registry" / "journal" / "drift_acceptances.jsonl").write_text('{"business_date": "2026-05-04"}\n')
    with pytest.raises(RegistryError, match="backup"):
        acceptances(tmp_path)


def test_a_night_like_one_that_was_accepted_is_no_drift() -> None:
    figures = nights("linked_share", [0.9] * 6 + [0.5, 0.51])
    assert failed(figures)
    yesterday = DAY - timedelta(days=1)
    assert judge(figures, DAY, {yesterday})[0].passed
    assert not judge(nights("linked_share", [0.9] * 6 + [0.5, 0.3]), DAY, {yesterday})[0].passed
    shapes = [
        figure
        for cut, then, now in zip(CUTS, (0.6, 0.25, 0.1, 0.05), (0.4, 0.3, 0.2, 0.1), strict=True)
        for figure in nights("size_share", [then] * 5 + [now, now], 1000, cut)
    ]
    assert failed(shapes)
    assert judge(shapes, DAY, {yesterday})[0].passed

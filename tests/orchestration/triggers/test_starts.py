"""What deliveries start, as a table."""

from dataclasses import replace
from datetime import date

import pytest

from orchestration.triggers.starts import starts
from sources.landing.inbox import Arrival

CLOSED = date(2026, 5, 4)
PADRO = Arrival("padro", "padro_habitants_20260504.txt", CLOSED, "p1", can_land=True)
IRIS = Arrival("iris", "iris_fitxes_20260503.csv", date(2026, 5, 3), "i1", can_land=True)
OF_TODAY = Arrival("iris", "iris_fitxes_20260505.csv", date(2026, 5, 5), "t1", can_land=True)
BAD = Arrival("padro", "padro_habitants_20260503.txt", date(2026, 5, 3), "b1", can_land=False)


@pytest.mark.parametrize(
    ("arrivals", "is_published", "files", "night"),
    [
        ([PADRO], False, {"padro": [PADRO.file_name]}, None),
        ([PADRO], True, {"padro": [PADRO.file_name]}, CLOSED),
        ([IRIS], True, {"iris": [IRIS.file_name]}, CLOSED),
        ([OF_TODAY], True, {"iris": [OF_TODAY.file_name]}, None),
        ([BAD], True, {"padro": [BAD.file_name]}, None),
        ([PADRO, BAD, IRIS], True, {"iris": [IRIS.file_name], "padro": [BAD.file_name, PADRO.file_name]}, CLOSED),
    ],
    ids=["before the night", "after the night", "an earlier day", "of today", "can't land", "several, one night"],
)
def test_starts(arrivals: list[Arrival], is_published: bool, files: dict[str, list[str]], night: date | None) -> None:
    started = starts(arrivals, (), CLOSED, is_published=is_published)
    assert started is not None
    assert (started.files, started.night) == (files, night)
    assert (started.night_key is None) == (night is None)


@pytest.mark.parametrize("arrivals", [[], [PADRO], [IRIS, PADRO]])
def test_what_is_known_starts_nothing(arrivals: list[Arrival]) -> None:
    assert starts(arrivals, [one.version for one in arrivals], CLOSED, is_published=True) is None


def test_a_delivery_that_comes_beside_a_known_one_starts_alone() -> None:
    started = starts([BAD, IRIS], ["b1"], CLOSED, is_published=True)
    assert started == starts([IRIS], (), CLOSED, is_published=True)


def test_keys_are_of_the_deliveries_in_any_order() -> None:
    first, again = (starts(told, (), CLOSED, is_published=True) for told in ([PADRO, IRIS], [IRIS, PADRO]))
    assert first == again
    changed = starts([replace(PADRO, version="p2"), IRIS], (), CLOSED, is_published=True)
    assert first and changed
    assert {first.intake_key, first.night_key}.isdisjoint({changed.intake_key, changed.night_key})


def test_a_bad_delivery_beside_a_good_one_does_not_give_another_night() -> None:
    alone, beside = (starts(told, (), CLOSED, is_published=True) for told in ([PADRO], [PADRO, BAD]))
    assert alone and beside
    assert alone.night_key == beside.night_key

"""For every way to say no, exactly the rows that must go are gone from every file written since, and nobody else's."""

from collections import Counter

import pytest

from tests.exports.attacks.nights import Nights, subjects, two_nights
from tests.exports.attacks.people import Person
from tests.exports.attacks.table import WAYS
from tests.exports.attacks.ways import Way

Case = tuple[Way, Person, Person]
CASES: list[Case] = [(way, *people) for way, people in zip(WAYS, subjects(), strict=True)]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    return two_nights(tmp_path_factory.mktemp("nights"))


def files_of(rows: set[tuple[str, str]], one: Person) -> frozenset[str]:
    return frozenset(file for file, who in rows if who == one.person)


@pytest.mark.parametrize("case", CASES, ids=[way.id for way in WAYS])
def test_exactly_the_rows_that_must_go_are_gone(nights: Nights, case: Case) -> None:
    way, one, other = case
    assert files_of(nights.first, one) == way.before
    assert files_of(nights.second, one) == way.before - way.gone | way.gained
    again = way.gone if way.again_gone is None else way.again_gone
    assert files_of(nights.again, one) == way.before - again
    assert files_of(nights.removals, one) == (way.gone if way.removed is None else way.removed)
    everything = files_of(nights.first, other)
    assert files_of(nights.second, other) == everything - way.neighbour_gone
    again = way.neighbour_gone if way.neighbour_again_gone is None else way.neighbour_again_gone
    assert files_of(nights.again, other) == everything - again
    assert files_of(nights.removals, other) == way.neighbour_gone


def test_every_way_is_another() -> None:
    assert len(WAYS) >= 100
    assert [name for name, count in Counter(way.id for way in WAYS).items() if count > 1] == []
    assert all(way.gone <= way.before and way.neighbour_gone <= way.before for way in WAYS)
    assert len({way.source for way in WAYS}) >= 8


def test_nobody_goes_by_another_way_than_their_own(nights: Nights) -> None:
    expected = {(file, one.person) for way, one, _ in CASES for file in way.gone}
    expected |= {(file, other.person) for way, _, other in CASES for file in way.neighbour_gone}
    assert nights.first - nights.second == expected
    kept = {(file, one.person) for way, one, _ in CASES if way.removed is not None for file in way.gone - way.removed}
    assert nights.removals == expected - kept
    assert {who for _, who in nights.second - nights.first} == {one.person for way, one, _ in CASES if way.gained}

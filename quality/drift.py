"""Whether a night's linkage is like those of the nights before it: what is usual, how far a figure may be from it.

The figures are `matching`'s; who accepts a night all the same is in `drift_acceptance`.

**Bounds.** The usual value is the median of the last nights. A share may differ from it by a margin that is left to
growth and seasons, and by four standard errors of what chance does to samples of both sizes, so that a town of 1,000
people isn't held to a metropolis' steadiness: one share in 16,000 lies beyond by chance. Distributions are compared by
the population stability index (customary: no shift below 0.1), to which chance adds what it does to both samples.
Ordinary nights of a simulated city of 20,000 move a share by 0.005 and an index by 0.002; each margin leaves several
times as much, and what it must catch (a source's names shifted, a column emptied, one birth date for all, weights that
are off) goes beyond at least one of them.
"""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from statistics import median
from typing import Literal

from quality.outcome import Outcome

RELATION = "linkage.linkage_metrics"

# Nights that what is usual is taken from, and how many there must be before anything is judged.
NIGHTS = 14
FEWEST_NIGHTS = 3

_STANDARD_ERRORS = 4.0
# Of a share that is 0 or 1 chance alone may make a little more or less.
_LEAST_VARIANCE = 0.01
_STABLE = 0.05


@dataclass(frozen=True)
class Margin:
    """How far a share may lie from what is usual, beyond chance; upwards alone where less is only better."""

    share: float
    only_upwards: bool = False


MARGINS = {
    # Of a source's mentions, those in a person with others: it grows as people come back.
    "linked_share": Margin(0.03),
    # Of those that are new tonight: what a broken extract shows first.
    "new_linked_share": Margin(0.1),
    "in_review_share": Margin(0.01, only_upwards=True),
    "conflicts_per_mention": Margin(0.005, only_upwards=True),
    "parties_per_mention": Margin(0.02),
}
DISTRIBUTIONS = ("size_share", "weight_share")
# The person of most mentions: twice as many as usual, and some in a small city.
_LARGEST_FACTOR, _LARGEST_MARGIN = 2.0, 10.0


@dataclass(frozen=True)
class Figure:
    """One measure of one night; `base` is the number of things that the value is a share of."""

    business_date: date
    entity: Literal["person", "organisation"]
    measure: str
    cut: str
    value: float
    base: int


@dataclass(frozen=True)
class _Usual:
    value: float
    base: float


_Nights = dict[date, Figure]
_Series = dict[tuple[str, str, str], _Nights]


def judge(figures: Iterable[Figure], business_date: date, accepted: Collection[date] = ()) -> list[Outcome]:
    """Each measure of a night against the nights before; none where there are too few of them.

    A night like one that a person accepted is as good as a usual one, or each change of habits would want as many
    acceptances as the median takes nights to follow.
    """
    series: _Series = {}
    for figure in figures:
        series.setdefault((figure.entity, figure.measure, figure.cut), {})[figure.business_date] = figure
    found = _judge(series, business_date, _usual)
    like_accepted = {one.name for one in _judge(series, business_date, partial(_accepted, set(accepted))) if one.passed}
    return [replace(one, passed=one.passed or one.name in like_accepted) for one in found]


def _judge(
    series: _Series, business_date: date, expected: Callable[[Sequence[Figure]], _Usual | None]
) -> list[Outcome]:
    outcomes = []
    shapes: dict[tuple[str, str], list[tuple[Figure, _Usual]]] = {}
    for (entity, measure, cut), nights in sorted(series.items()):
        before = sorted((one for day, one in nights.items() if day < business_date), key=lambda one: one.business_date)
        tonight, usual = nights.get(business_date), expected(before[-NIGHTS:])
        if tonight is None or usual is None:
            continue
        if measure in DISTRIBUTIONS:
            shapes.setdefault((entity, measure), []).append((tonight, usual))
        elif measure in MARGINS:
            outcomes.append(_share(f"{entity}_{measure}_{cut}", tonight, usual, MARGINS[measure]))
        elif measure == "largest":
            outcomes.append(_largest(f"{entity}_{measure}", tonight, usual))
    return outcomes + [_shape(f"{entity}_{measure}", cuts) for (entity, measure), cuts in sorted(shapes.items())]


def _usual(last: Sequence[Figure]) -> _Usual | None:
    if len(last) < FEWEST_NIGHTS:
        return None
    return _Usual(median(one.value for one in last), median(one.base for one in last))


def _accepted(accepted: Collection[date], last: Sequence[Figure]) -> _Usual | None:
    found = [one for one in last if one.business_date in accepted]
    return _Usual(found[-1].value, found[-1].base) if found else None


def _share(name: str, tonight: Figure, usual: _Usual, margin: Margin) -> Outcome:
    variance = max(usual.value * (1 - usual.value), _LEAST_VARIANCE)
    chance = _STANDARD_ERRORS * math.sqrt(variance * (1 / max(tonight.base, 1) + 1 / max(usual.base, 1)))
    least = -math.inf if margin.only_upwards else usual.value - margin.share - chance
    most = usual.value + margin.share + chance
    expected = f"{most:.4f} at most" if margin.only_upwards else f"{max(least, 0.0):.4f} to {min(most, 1.0):.4f}"
    return _outcome(name, least <= tonight.value <= most, tonight.value, expected, usual.value)


def _largest(name: str, tonight: Figure, usual: _Usual) -> Outcome:
    most = _LARGEST_FACTOR * usual.value + _LARGEST_MARGIN
    return _outcome(name, tonight.value <= most, tonight.value, f"{most:.0f} at most", usual.value)


def _shape(name: str, cuts: Sequence[tuple[Figure, _Usual]]) -> Outcome:
    """The population stability index over the cuts, each with half a thing more so that none is empty."""
    base_now, base_usual = max(one.base for one, _ in cuts), max(usual.base for _, usual in cuts)
    index = 0.0
    for tonight, usual in cuts:
        now = (tonight.value * base_now + 0.5) / (base_now + 0.5 * len(cuts))
        then = (usual.value * base_usual + 0.5) / (base_usual + 0.5 * len(cuts))
        index += (now - then) * math.log(now / then)
    # By chance alone the index is a chi-square of one degree less than there are cuts, over the samples' sizes.
    chance = (len(cuts) - 1) * (1 / max(base_now, 1) + 1 / max(base_usual, 1))
    most = _STABLE + _STANDARD_ERRORS * chance
    return _outcome(name, index <= most, index, f"a stability index of {most:.4f} at most", None)


def _outcome(name: str, passed: bool, observed: float, expected: str, usual: float | None) -> Outcome:
    told = expected if usual is None else f"{expected} (usually {usual:.4f})"
    return Outcome(name, RELATION, "block", passed, round(observed, 4), told)

"""Compares the figures of a night's linkage with those of recent nights, and finds figures that are out of range.

`matching` measures the figures; `drift_acceptance` records who accepted an unusual night.

**Bounds.** The usual value is the median of the last nights. A share may differ from it by a margin for growth and
seasons, plus four standard errors for chance in samples of both sizes: by chance alone, one share in 16,000 is out of
range. So a town of 1,000 people may vary more than a large city. Distributions are compared by the population stability
index (usual rule: below 0.1 there is no shift), plus the effect of chance in both samples. Ordinary nights of a
simulated city of 20,000 people change a share by 0.005 and an index by 0.002. Each margin is several times larger, and
each failure that must be found (a source's names in the wrong columns, an empty column, one birth date for all, wrong
weights) exceeds at least one margin.
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

# The last nights used for the usual value, and the fewest nights for a comparison.
NIGHTS = 14
FEWEST_NIGHTS = 3

_STANDARD_ERRORS = 4.0
# The smallest variance of a share: by chance, even a share of 0 or 1 varies a little.
_LEAST_VARIANCE = 0.01
_STABLE = 0.05


@dataclass(frozen=True)
class Margin:
    """How much a share may differ from the usual one, beyond chance; `only_upwards` if a lower share is better."""

    share: float
    only_upwards: bool = False


MARGINS = {
    # Share of a source's mentions whose person has other mentions, too: it grows as people come back.
    "linked_share": Margin(0.03),
    # The same share of tonight's new mentions: a broken extract changes it first.
    "new_linked_share": Margin(0.1),
    # Share of a source's mentions with a value in a field.
    "filled_share": Margin(0.05),
    "in_review_share": Margin(0.01, only_upwards=True),
    "conflicts_per_mention": Margin(0.005, only_upwards=True),
    "parties_per_mention": Margin(0.02),
}
DISTRIBUTIONS = ("size_share", "weight_share")
# The most mentions of one person: at most twice the usual number, plus 10 for small cities.
_LARGEST_FACTOR, _LARGEST_MARGIN = 2.0, 10.0


@dataclass(frozen=True)
class Figure:
    """One measure of one night; `base` is the number of things that a share is computed from."""

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
    """Compare each measure of a night with the nights before; without enough of them, return no outcome.

    A measure also passes if it is like the last accepted night. Otherwise a lasting change would need an acceptance
    every night until the median follows it.

    Args:
        figures: of all nights.
        business_date: of the night to compare.
        accepted: the dates of accepted nights.
    """
    series: _Series = {}
    for figure in figures:
        series.setdefault((figure.entity, figure.measure, figure.cut), {})[figure.business_date] = figure
    outcomes = _judge(series, business_date, _usual)
    against_accepted = _judge(series, business_date, partial(_accepted, set(accepted)))
    like_accepted = {outcome.name for outcome in against_accepted if outcome.passed}
    return [replace(outcome, passed=outcome.passed or outcome.name in like_accepted) for outcome in outcomes]


def _judge(
    series: _Series, business_date: date, expected: Callable[[Sequence[Figure]], _Usual | None]
) -> list[Outcome]:
    outcomes = []
    shapes: dict[tuple[str, str], list[tuple[Figure, _Usual]]] = {}
    for (entity, measure, cut), nights in sorted(series.items()):
        before = [figure for day, figure in sorted(nights.items()) if day < business_date]
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
    return _Usual(median(figure.value for figure in last), median(figure.base for figure in last))


def _accepted(accepted: Collection[date], last: Sequence[Figure]) -> _Usual | None:
    figures = [figure for figure in last if figure.business_date in accepted]
    return _Usual(figures[-1].value, figures[-1].base) if figures else None


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
    """Compare a distribution by the population stability index; 0.5 is added to each cut, so that none is empty."""
    base_now, base_usual = max(tonight.base for tonight, _ in cuts), max(usual.base for _, usual in cuts)
    index = 0.0
    for tonight, usual in cuts:
        now = (tonight.value * base_now + 0.5) / (base_now + 0.5 * len(cuts))
        then = (usual.value * base_usual + 0.5) / (base_usual + 0.5 * len(cuts))
        index += (now - then) * math.log(now / then)
    # By chance alone, the index has a chi-square distribution with len(cuts) - 1 degrees, scaled by the sample sizes.
    chance = (len(cuts) - 1) * (1 / max(base_now, 1) + 1 / max(base_usual, 1))
    most = _STABLE + _STANDARD_ERRORS * chance
    return _outcome(name, index <= most, index, f"a stability index of {most:.4f} at most", None)


def _outcome(name: str, passed: bool, observed: float, expected: str, usual: float | None) -> Outcome:
    expected_text = expected if usual is None else f"{expected} (usually {usual:.4f})"
    return Outcome(name, RELATION, "block", passed, round(observed, 4), expected_text)

"""Draws who comes to a channel on a day, among the people who are in the city on that day."""

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import FloatArray, IntArray, stream
from sources.synthetic.people.population import CityPlan

_YEAR_DAYS = 365.25
_NEVER = 10**6


def frequency(plan: CityPlan, purpose: str, city: pl.DataFrame, shape: float = 0.7) -> FloatArray:
    """How often each person comes for a purpose: most people seldom, some often."""
    often: FloatArray = stream(plan.seed, "how often", purpose).gamma(shape, 1.0, city.height)
    return often


def turn_up(
    rng: np.random.Generator, city: pl.DataFrame, often: FloatArray, days: IntArray, youngest: float = 18
) -> IntArray:
    """For each day, the row of a person who is here and old enough.

    Args:
        rng: the random stream.
        city: its people.
        often: the weight of each person (`frequency`).
        days: from the plan's start.
        youngest: age in years.
    """
    bounds = np.cumsum(often)
    entry = city["entry_day"].to_numpy()
    leaves = city["exit_day"].fill_null(_NEVER).to_numpy()
    grown = city["born_days"].to_numpy() + youngest * _YEAR_DAYS
    first = np.maximum(entry, grown)
    rows = np.empty(len(days), dtype=np.int64)
    todo = np.arange(len(days))
    while len(todo):
        drawn = np.searchsorted(bounds, rng.random(len(todo)) * bounds[-1], side="right")
        rows[todo] = drawn
        todo = todo[(first[drawn] > days[todo]) | (leaves[drawn] <= days[todo])]
    return rows

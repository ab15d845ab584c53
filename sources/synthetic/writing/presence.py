"""Who is in the city on a day, and who of them turns up in a channel, with what is true about them on that day."""

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import FloatArray, IntArray, stream
from sources.synthetic.people.population import CityPlan

_YEAR_DAYS = 365.25
_NEVER = 10**6


def frequency(plan: CityPlan, purpose: str, city: pl.DataFrame, shape: float = 0.7) -> FloatArray:
    """How often each person turns up for a purpose: most seldom, some often."""
    often: FloatArray = stream(plan.seed, "how often", purpose).gamma(shape, 1.0, city.height)
    return often


def turn_up(
    rng: np.random.Generator, city: pl.DataFrame, often: FloatArray, days: IntArray, youngest: float = 18
) -> IntArray:
    """A row of the city for each day: somebody who is here and old enough on it."""
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

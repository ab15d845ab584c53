"""Draws when people come: days and hours of a period, by the rhythm of a channel.

`rates.yaml` has the rhythms and how often people come; `presence.py` draws who comes.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import FloatArray, IntArray, weighted
from sources.synthetic.people.population import CityPlan

_YEAR_DAYS = 365
_SUNDAY = 6
# The feasts that fall on the same day every year: offices keep them as Sundays.
_FEASTS = (
    (1, 1), (1, 6), (5, 1), (6, 24), (8, 15), (9, 11), (9, 24), (10, 12), (11, 1), (12, 6), (12, 8), (12, 25), (12, 26),
)  # fmt: skip
_EVEN = (1.0,) * 12


@dataclass(frozen=True)
class Period:
    """The days from `first` to `last`, counted from the plan's start."""

    first: int
    last: int

    @property
    def name(self) -> str:
        """A name for the period's random stream."""
        return f"{self.first}..{self.last}"


def period_of(plan: CityPlan, day: date) -> Period:
    """The days whose events a night delivers: its own day; on the first night also the history before it."""
    today = (day - plan.start).days
    return Period(-plan.history_days if today == 0 else today, today)


def draw_days(plan: CityPlan, rng: np.random.Generator, period: Period, per_person: float, rhythm: str) -> IntArray:
    """A day for each contact of a period, in order.

    Args:
        plan: of the city.
        rng: the random stream.
        period: the days.
        per_person: contacts per person and year.
        rhythm: name in `rates.yaml`.
    """
    days = np.arange(period.first, period.last + 1)
    mean = per_person * plan.population / _YEAR_DAYS * weights(plan, days, rhythm)
    return np.repeat(days, rng.poisson(mean))


def weights(plan: CityPlan, days: IntArray, rhythm: str) -> FloatArray:
    """The weight of each day; the average of a year is 1."""
    rates = plan.rates["rhythm"][rhythm]
    week = np.asarray(rates["week"], dtype=np.float64)
    months = np.asarray(rates.get("months", _EVEN), dtype=np.float64)
    dates = [plan.start + timedelta(days=int(day)) for day in days]
    of_week = week[[_SUNDAY if (one.month, one.day) in _FEASTS else one.weekday() for one in dates]]
    busy: FloatArray = of_week / week.mean() * months[[one.month - 1 for one in dates]] / months.mean()
    return busy


def seconds(plan: CityPlan, rng: np.random.Generator, rhythm: str, size: int) -> IntArray:
    """A time of day, in seconds, for each of `size` contacts, by the hours of their rhythm."""
    hours = weighted(rng, list(plan.rates["rhythm"][rhythm]["hours"].values()), size)
    named = np.array([int(hour) for hour in plan.rates["rhythm"][rhythm]["hours"]])
    return named[hours] * 3600 + rng.integers(0, 3600, size)


def moments(plan: CityPlan, days: IntArray, seconds_of_day: IntArray) -> pl.Series:
    """Local time in ISO 8601."""
    moment = pl.lit(plan.start).cast(pl.Datetime("ms")) + pl.duration(
        days=pl.lit(pl.Series(days)), seconds=pl.lit(pl.Series(seconds_of_day)), time_unit="ms"
    )
    return pl.select(moment.dt.strftime("%Y-%m-%dT%H:%M:%S")).to_series()


def dates(plan: CityPlan, days: IntArray) -> pl.Series:
    """The days as dates."""
    return pl.select(pl.lit(plan.start) + pl.duration(days=pl.lit(pl.Series(days)))).to_series()


def serials(days: IntArray, width: int) -> pl.Series:
    """A number from 1 within each day, with leading zeros; `days` are in order."""
    first = np.searchsorted(days, days, side="left")
    return pl.Series(np.arange(1, len(days) + 1) - first).cast(pl.String).str.zfill(width)

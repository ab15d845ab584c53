"""When people turn up: the days of a period, drawn by the rhythm of the week, the month and the hours of a channel.

How often in all, and which rhythm, is in `rates.yaml`; who turns up, in `presence.py`.
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
    """The days from the first to the last, both counted from the plan's start."""

    first: int
    last: int

    @property
    def name(self) -> str:
        """For a stream of random numbers of its own."""
        return f"{self.first}..{self.last}"


def period_of(plan: CityPlan, day: date) -> Period:
    """What a night's deliveries are the first to tell: its day, and on the first night the history before it."""
    today = (day - plan.start).days
    return Period(-plan.history_days if today == 0 else today, today)


def draw_days(plan: CityPlan, rng: np.random.Generator, period: Period, per_person: float, rhythm: str) -> IntArray:
    """A day for each contact of a period, in order, where so many a person are usual in a year of that rhythm."""
    days = np.arange(period.first, period.last + 1)
    mean = per_person * plan.population / _YEAR_DAYS * weights(plan, days, rhythm)
    return np.repeat(days, rng.poisson(mean))


def weights(plan: CityPlan, days: IntArray, rhythm: str) -> FloatArray:
    """How busy each day is, 1 on the average of a year."""
    rates = plan.rates["rhythm"][rhythm]
    week = np.asarray(rates["week"], dtype=np.float64)
    months = np.asarray(rates.get("months", _EVEN), dtype=np.float64)
    dates = [plan.start + timedelta(days=int(day)) for day in days]
    of_week = week[[_SUNDAY if (one.month, one.day) in _FEASTS else one.weekday() for one in dates]]
    busy: FloatArray = of_week / week.mean() * months[[one.month - 1 for one in dates]] / months.mean()
    return busy


def seconds(plan: CityPlan, rng: np.random.Generator, rhythm: str, size: int) -> IntArray:
    """Seconds of the day for so many contacts, by the hours of their rhythm."""
    hours = weighted(rng, list(plan.rates["rhythm"][rhythm]["hours"].values()), size)
    named = np.array([int(hour) for hour in plan.rates["rhythm"][rhythm]["hours"]])
    return named[hours] * 3600 + rng.integers(0, 3600, size)


def moments(plan: CityPlan, days: IntArray, seconds_of_day: IntArray) -> pl.Series:
    """Local time in the form of ISO 8601."""
    told = pl.lit(plan.start).cast(pl.Datetime("ms")) + pl.duration(
        days=pl.lit(pl.Series(days)), seconds=pl.lit(pl.Series(seconds_of_day)), time_unit="ms"
    )
    return pl.select(told.dt.strftime("%Y-%m-%dT%H:%M:%S")).to_series()


def dates(plan: CityPlan, days: IntArray) -> pl.Series:
    """The days as dates."""
    return pl.select(pl.lit(plan.start) + pl.duration(days=pl.lit(pl.Series(days)))).to_series()


def serials(days: IntArray, width: int) -> pl.Series:
    """A number from 1 on within each day, for days in order, with leading zeros."""
    first = np.searchsorted(days, days, side="left")
    return pl.Series(np.arange(1, len(days) + 1) - first).cast(pl.String).str.zfill(width)

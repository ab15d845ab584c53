"""Makes the people of the city: barri, sex, birth date, entry and exit days; other modules add the rest."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import FloatArray, IntArray, Rates, stream, systematic, table, top, weighted

_YEAR_DAYS = 365.25
_OLDEST_AGE = 104
# Events are drawn once, for the year before the start and for 400 days after it: days from the start date.
FIRST_DAY, LAST_DAY = -365, 400
_PAST_DAYS = -FIRST_DAY
# Groups of people beyond the population, and the years for which each group is drawn.
_EXTRAS = {
    "left_last_year": 1.0, "died_last_year": 1.0, "enters_per_year": LAST_DAY / 365, "unregistered": 1.0,
    "born_per_year": LAST_DAY / 365,
}  # fmt: skip
_CODES = {name: number + 1 for number, name in enumerate(_EXTRAS)}


@dataclass(frozen=True)
class CityPlan:
    """The plan of a city; the same plan gives the same city.

    `history_days`: days before the start; the first extracts contain the contacts of these days.
    """

    population: int
    seed: int
    start: date
    rates: Rates
    history_days: int = 365


def make_people(plan: CityPlan) -> pl.DataFrame:
    """One row per person: about `population` registered people, and others who left, come, are born or unregistered."""
    rng = stream(plan.seed, "people")
    counts = {name: round(plan.rates["city"][name] * plan.population * share) for name, share in _EXTRAS.items()}
    births = counts.pop("born_per_year")
    size = plan.population + sum(counts.values())
    cells = table("age_sex").with_columns(pl.col("persons", "age_band").cast(pl.Float64))
    cell = rng.permutation(systematic(rng, cells["persons"].to_numpy(), size))
    youngest = np.where(cells["age_band"] == 0, cells["persons"], 0)
    cell = np.concatenate([cell, weighted(rng, youngest, births)])
    age = np.minimum(cells["age_band"].to_numpy()[cell] * 5 + rng.random(size + births) * 5, _OLDEST_AGE)
    age[size:] = -rng.integers(1, LAST_DAY, births) / _YEAR_DAYS
    status = np.append(_statuses(rng, age[:size], counts), np.full(births, _CODES["born_per_year"]))
    people = pl.DataFrame(
        {
            "barri": cells["barri"].gather(cell),
            "sex": cells["sex"].gather(cell),
            "age": age,
            "born_days": -np.floor(age * _YEAR_DAYS).astype(np.int64),
            "is_registered": status != _CODES["unregistered"],
        }
    )
    return people.with_columns(_stays(plan, rng, age, status))


def _statuses(rng: np.random.Generator, age: FloatArray, counts: dict[str, int]) -> IntArray:
    status = np.zeros(len(age), dtype=np.int64)
    log_weights = {
        "died_last_year": age / 9,
        "left_last_year": -np.abs(age - 33) / 15,
        "enters_per_year": -np.abs(age - 29) / 12,
        "unregistered": np.where(age < 20, -30.0, -np.abs(age - 36) / 25),
    }
    for name, weights in log_weights.items():
        free = np.flatnonzero(status == 0)
        status[free[top(rng, weights[free], counts[name])]] = _CODES[name]
    return status


def _stays(plan: CityPlan, rng: np.random.Generator, age: FloatArray, status: IntArray) -> list[pl.Series]:
    """Days from the start date: entry, and exit with its cause."""
    size = len(age)
    ahead, behind = rng.integers(1, LAST_DAY, size), rng.integers(1, _PAST_DAYS, size)
    born = -np.floor(age * _YEAR_DAYS)
    entry = np.where(rng.random(size) < 0.55, born, np.maximum(born, -400 - rng.exponential(4500, size)))
    entry = np.minimum(entry, np.maximum(born, -370))
    has_come = (status == 0) & (rng.random(size) < plan.rates["city"]["enters_per_year"]) & (born < -_PAST_DAYS)
    entry = np.select([status == _CODES["enters_per_year"], has_come], [ahead, -behind], entry)
    exit_day = np.full(size, np.nan)
    cause = np.full(size, "", dtype="U2")
    for name, code in (("left_last_year", "BC"), ("died_last_year", "BD")):
        past = status == _CODES[name]
        chance = plan.rates["city"][name] * LAST_DAY / 365
        chance = chance * (np.exp(age / 9) / np.exp(age / 9).mean() if code == "BD" else 1.0)
        future = (status == 0) & (rng.random(size) < chance) & (cause == "")
        exit_day = np.where(past, -behind, np.where(future, ahead, exit_day))
        cause = np.where(past | future, code, cause)
    return [
        pl.Series("entry_day", entry.astype(np.int64)),
        pl.Series("exit_day", exit_day, nan_to_null=True).cast(pl.Int64),
        pl.Series("exit_cause", cause).replace("", None),
    ]

"""Who lives in the city: barri, sex, birth date and the days on which people come and go.

Names, documents and households are given to these people elsewhere.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from sources.synthetic.draws import FloatArray, IntArray, Rates, stream, systematic, table, top

_YEAR_DAYS = 365.25
_OLDEST_AGE = 104


@dataclass(frozen=True)
class CityPlan:
    """What makes one city: the same plan is the same city.

    `history_days` are the days before the start whose contacts the first deliveries hold.
    """

    population: int
    seed: int
    start: date
    rates: Rates
    history_days: int = 365


def make_people(plan: CityPlan) -> pl.DataFrame:
    """One row per person: `population` registered on the start date, then who left, is to come or never registered."""
    rng = stream(plan.seed, "people")
    city = plan.rates["city"]
    counts = {name: round(city[name] * plan.population) for name in _EXTRAS}
    size = plan.population + sum(counts.values())
    cells = table("age_sex")
    cell = rng.permutation(systematic(rng, cells["persons"].cast(pl.Float64).to_numpy(), size))
    bands = cells["age_band"].cast(pl.Float64).to_numpy()[cell]
    age = np.minimum(bands * 5 + rng.random(size) * 5, _OLDEST_AGE)
    status = _statuses(rng, age, counts)
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


_EXTRAS = ("left_last_year", "died_last_year", "enters_per_year", "unregistered")
_CODES = {name: number + 1 for number, name in enumerate(_EXTRAS)}


def settle(plan: CityPlan, people: pl.DataFrame) -> pl.DataFrame:
    """Who was born abroad entered at some time after the birth; a household moves on one day, while it is here."""
    share = pl.Series(stream(plan.seed, "settle").beta(4, 2, people.height))
    later = (pl.col("born_days") * (1 - share)).cast(pl.Int64)
    came = pl.col("is_born_abroad") & (pl.col("entry_day") <= pl.col("born_days"))
    people = people.with_columns(
        entry_day=pl.when(came).then(later).otherwise("entry_day"),
        move_day=pl.col("move_day").gather(pl.col("household")),
    )
    stays = (pl.col("move_day") > pl.col("entry_day")) & (pl.col("move_day") < pl.col("exit_day").fill_null(10**6))
    return people.with_columns(move_day=pl.when(stays).then("move_day"))


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
    """Days from the start date: entry, exit with its cause, and the last move within the city."""
    size = len(age)
    year = rng.integers(1, 365, size)
    born = -np.floor(age * _YEAR_DAYS)
    entry = np.where(rng.random(size) < 0.55, born, np.maximum(born, -400 - rng.exponential(4500, size)))
    entry = np.where(status == _CODES["enters_per_year"], year, np.minimum(entry, np.maximum(born, -370)))
    exit_day = np.full(size, np.nan)
    cause = np.full(size, "", dtype="U2")
    for name, code in (("left_last_year", "BC"), ("died_last_year", "BD")):
        past = status == _CODES[name]
        share = plan.rates["city"][name]
        chance = share * (np.exp(age / 9) / np.exp(age / 9).mean() if code == "BD" else 1.0)
        future = (status == 0) & (rng.random(size) < chance) & (cause == "")
        exit_day = np.where(past, -year, np.where(future, rng.integers(1, 365, size), exit_day))
        cause = np.where(past | future, code, cause)
    move = -1095 + rng.integers(0, 1460, size)
    has_moved = (rng.random(size) < plan.rates["city"]["moved_within_years"] * 4) & (move > entry)
    return [
        pl.Series("entry_day", entry.astype(np.int64)),
        pl.Series("exit_day", exit_day, nan_to_null=True).cast(pl.Int64),
        pl.Series("exit_cause", cause).replace("", None),
        pl.Series("move_day", np.where(has_moved, move.astype(np.float64), np.nan), nan_to_null=True).cast(pl.Int64),
    ]

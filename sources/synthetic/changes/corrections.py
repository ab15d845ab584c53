"""Corrections of the Padró: inscriptions struck off, rightly or wrongly, and double inscriptions.

It also sets the number of registered people. `padro.py` writes inscriptions; `expiry.py` lets them expire.
"""

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import IntArray, stream, table, top
from sources.synthetic.changes.expiry import PERMANENT_DAYS
from sources.synthetic.people.population import FIRST_DAY, LAST_DAY, CityPlan

_NEVER = 10**6
_YEARS = (LAST_DAY - FIRST_DAY) / 365
_FOURTEEN = 14
# The fewest and the most days until a mistake is found.
_AWAY, _TWICE = (15, 120), (30, 300)


def make_corrections(plan: CityPlan, people: pl.DataFrame) -> pl.DataFrame:
    """Add the days of corrections, and set the number of registered people to the plan's population.

    Adds away_day and back_day (struck off wrongly, inscribed again), and twice_day, once_day and twice_at (second
    inscription made, ended, and the row of the person at whose dwelling). Some departures get exit_cause BI: nobody
    declared them.
    """
    rng = stream(plan.seed, "corrections")
    people = _struck_off(plan, rng, people)
    people = _struck_off_wrongly(plan, rng, people)
    return _completed(plan, rng, _twice(plan, rng, people))


def _struck_off(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """Strike off whole families that left without a declaration."""
    is_found_out = pl.lit(pl.Series(rng.random(people.height) < plan.rates["corrections"]["struck_off"]))
    ends = (pl.col("exit_cause") == "BC") & is_found_out.gather(pl.col("household"))
    return people.with_columns(exit_cause=pl.when(ends).then(pl.lit("BI")).otherwise("exit_cause"))


def _struck_off_wrongly(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """Strike off some adults who still live here but got no letter; not foreigners whose inscriptions expire."""
    origin = table("countries")[people["country"].to_numpy()]
    stays = origin.select((pl.col("is_eu") == "1") | (pl.col("country") == "ES")).to_series()
    may = people.select(_is_settled() & pl.lit(stays) & (pl.col("age") >= 18) & pl.col("move_day").is_null())
    away, back = _mistake(rng, may.to_series(), plan.rates["corrections"]["struck_off_wrongly"] * _YEARS, _AWAY)
    return people.with_columns(away_day=away, back_day=back)


def _twice(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """Inscribe some children twice, by both separated parents, and some holders of a NIE again with a passport."""
    rates = plan.rates["corrections"]
    leaver = pl.coalesce(
        pl.when((pl.col("leaves_family") & pl.col("separated_day").is_not_null()).gather(pl.col(parent))).then(parent)
        for parent in ("mother", "father")
    )
    left_day = pl.col("move_day").gather(leaver)
    is_free = _is_settled() & pl.col("away_day").is_null()
    found = people.select(
        is_child=(is_free & (pl.col("age") < _FOURTEEN) & left_day.is_not_null()).fill_null(False),
        is_foreign=is_free
        & (pl.col("document_type") == "NIE")
        & (pl.col("entry_day") < -PERMANENT_DAYS)
        & pl.col("move_day").is_null(),
        at=leaver,
        left_day=left_day,
    )
    of_child, until_child = _mistake(rng, found["is_child"], rates["inscribed_by_both_parents"], _TWICE)
    of_foreign, until_foreign = _mistake(rng, found["is_foreign"], rates["inscribed_again"] * _YEARS, _TWICE)
    # Only after the parent has another dwelling.
    is_after = (of_child > found["left_day"]).fill_null(False)
    row = pl.int_range(pl.len(), dtype=pl.Int64)
    return people.with_columns(
        twice_day=pl.when(is_after).then(of_child).otherwise(of_foreign),
        once_day=pl.when(is_after).then(until_child).otherwise(until_foreign),
        twice_at=pl.when(is_after).then(found["at"]).when(of_foreign.is_not_null()).then(row),
    )


def _is_settled() -> pl.Expr:
    """Whether somebody is inscribed in the whole drawn time, without any change of identity."""
    return (
        pl.col("is_registered")
        & (pl.col("entry_day") < FIRST_DAY)
        & pl.col("exit_day").is_null()
        & pl.col("change").is_null()
    )


def _mistake(
    rng: np.random.Generator, may: pl.Series, share: float, lasts: tuple[int, int]
) -> tuple[pl.Series, pl.Series]:
    """The days of a mistake and of its correction, for a share of the people to whom it may happen."""
    size = len(may)
    has = may.fill_null(False) & pl.Series(rng.random(size) < share)
    made = rng.integers(FIRST_DAY, LAST_DAY, size)
    mended: IntArray = made + rng.integers(*lasts, size)
    days = pl.select(*(pl.when(has).then(pl.Series(of)).alias(str(place)) for place, of in enumerate((made, mended))))
    return days["0"], days["1"]


def _completed(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """Register or unregister simple cases, until the plan's number of inscriptions is in force on the first day."""

    def runs(first: str, last: str) -> pl.Expr:
        return (pl.col(first) <= 0).fill_null(False) & (pl.col(last).fill_null(_NEVER) > 0)

    is_here = runs("entry_day", "exit_day") & ~runs("away_day", "back_day")
    in_force = people.select(
        (pl.col("is_registered") & is_here).sum() + (pl.col("is_registered") & runs("twice_day", "once_day")).sum()
    )
    short = plan.population - in_force.item()
    is_simple = is_here & pl.all_horizontal(
        pl.col(name).is_null() for name in ("exit_day", "away_day", "twice_day", "change", "mother", "father")
    )
    candidates = people.select(is_simple & (pl.col("is_registered") == (short < 0))).to_series().arg_true().to_numpy()
    chosen = candidates[top(rng, np.zeros(len(candidates)), min(abs(short), len(candidates)))]
    return people.with_columns(people["is_registered"].scatter(chosen, short > 0))

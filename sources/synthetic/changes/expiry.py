"""Inscriptions with a time limit: they are renewed, confirmed, or expire.

Foreigners without permanent residence renew every two years; other foreigners confirm that they still live here.
"""

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import IntArray, stream, table
from sources.synthetic.people.population import FIRST_DAY, LAST_DAY, CityPlan

_NEVER = 10**6
_RENEWED_DAYS, _CONFIRMED_DAYS = 730, 1826
PERMANENT_DAYS = 1826


def make_expiries(plan: CityPlan, people: pl.DataFrame) -> pl.DataFrame:
    """Add renewal_day, renewal_cause (MR, MC) and expires_day, the current end of an inscription; some expire."""
    rng = stream(plan.seed, "expiries")
    people = _expired(plan, rng, people)
    is_temporary, may = (people.select(is_so.fill_null(False)).to_series().to_numpy() for is_so in _residence())
    entry, last = people["entry_day"].to_numpy(), people["exit_day"].fill_null(_NEVER).to_numpy()
    period = np.where(is_temporary, _RENEWED_DAYS, _CONFIRMED_DAYS)
    times = (LAST_DAY - entry) // period
    due = entry + times * period
    is_due = may & (times > 0) & (due >= FIRST_DAY) & (due < last)
    rates = plan.rates["expiry"]
    answers = rng.random(people.height) < np.where(is_temporary, rates["renewed"], rates["confirmed"])
    answers |= is_temporary & ((due <= 0) | (_last_heard_of(people) >= due))
    renews = pl.lit(pl.Series(is_due & answers))
    expires = pl.lit(pl.Series(is_due & is_temporary & ~answers & (due > 0)))
    day, until = pl.lit(pl.Series(due)), pl.lit(pl.Series(np.where(times > 0, due, entry + period)))
    return people.with_columns(
        renewal_day=pl.when(renews).then(day),
        renewal_cause=pl.when(renews).then(pl.lit(pl.Series(np.where(is_temporary, "MR", "MC")))),
        expires_day=pl.when(pl.lit(pl.Series(is_temporary & may))).then(until),
        exit_day=pl.when(expires).then(day).otherwise("exit_day"),
        exit_cause=pl.when(expires).then(pl.lit("BK")).otherwise("exit_cause"),
    )


def _last_heard_of(people: pl.DataFrame) -> IntArray:
    """The last day of an event for which a person must still be here."""
    days = pl.max_horizontal("move_day", "change_day", "married_day", "separated_day").fill_null(-_NEVER)
    last_days = people.select(days).to_series().to_numpy().copy()
    births = people.select("born_days", carer=pl.coalesce("mother", "father")).drop_nulls()
    np.maximum.at(last_days, births["carer"].to_numpy(), births["born_days"].to_numpy())
    return last_days


def _residence() -> tuple[pl.Expr, pl.Expr]:
    """Whether an inscription lasts only two years, and whether it is an inscription of a foreigner."""
    countries = table("countries")
    origin = pl.coalesce("former_country", "country")
    is_eu, is_spanish = (
        origin.replace_strict({row: code == of for row, code in enumerate(countries[column])})
        for column, of in (("is_eu", "1"), ("country", "ES"))
    )
    may = ~is_spanish & pl.col("is_registered") & pl.col("change").ne_missing("naturalised")
    may &= pl.col("away_day").is_null()
    came_lately = (pl.col("entry_day") > -PERMANENT_DAYS) | (pl.col("document_type") == "PASSPORT")
    return ~is_eu & came_lately, may


def _expired(plan: CityPlan, rng: np.random.Generator, people: pl.DataFrame) -> pl.DataFrame:
    """Let the inscriptions of some people expire who left in the past year without a declaration."""
    is_temporary, may = _residence()
    times = (pl.col("exit_day") - pl.col("entry_day")) // _RENEWED_DAYS
    silent = pl.Series(rng.random(people.height) < plan.rates["expiry"]["left_in_silence"])
    has = is_temporary & may & (pl.col("exit_cause") == "BC") & (pl.col("exit_day") <= 0) & (times > 0) & silent
    return people.with_columns(
        exit_cause=pl.when(has).then(pl.lit("BK")).otherwise("exit_cause"),
        entry_day=pl.when(has).then(pl.col("exit_day") - times * _RENEWED_DAYS).otherwise("entry_day"),
    )

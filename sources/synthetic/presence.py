"""Who is in the city on a day, and who of them turns up in a channel."""

import numpy as np
import polars as pl

from sources.synthetic.draws import IntArray, stream, weighted


def present(city: pl.DataFrame, today: int) -> pl.Series:
    """Whether each person is here on a day, counted from the plan's start."""
    is_here = (pl.col("entry_day") <= today) & (pl.col("exit_day").fill_null(10**6) > today)
    return city.select(is_here).to_series()


def adults(seed: int, purpose: str, city: pl.DataFrame, size: int, today: int, youngest: int = 18) -> IntArray:
    """Rows of adults who turn up on a day; for each purpose some come often."""
    often = stream(seed, "how often", purpose).gamma(0.7, 1.0, city.height)
    is_adult = city["age"].to_numpy() >= youngest
    rng = stream(seed, purpose, str(today))
    return weighted(rng, often * is_adult * present(city, today).to_numpy(), size)


def pick(rng: np.random.Generator, choices: dict[str, int], size: int) -> pl.Series:
    """One of some names for each row, in proportion to their weights."""
    return pl.Series(list(choices)).gather(weighted(rng, list(choices.values()), size))

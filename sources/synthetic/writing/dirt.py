"""Makes errors in whole columns, and keeps their names for the truth.

`rates.yaml` has the rates of the errors; `slips.py` and the modules beside it have the wrong values.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sources.synthetic.base.randomness import Rates, weighted


class Dirt:
    """A frame that gets errors at given rates; only values that changed are recorded as errors.

    Draws are columns of the frame, so that a wrong value is computed only for the rows that get it.
    """

    def __init__(self, frame: pl.DataFrame, rng: np.random.Generator, rates: Rates) -> None:
        self.frame = frame
        self.rates = rates
        self._rng = rng
        self._draws = 0
        self._names: list[str] = []
        self._happened: NDArray[np.uint64] = np.zeros(frame.height, dtype=np.uint64)

    def share(self, section: str, name: str) -> float | pl.Series:
        """The rate of an error: the same in every row, or by the row's `channel`."""
        rate = self.rates[section][name]
        if isinstance(rate, Mapping):
            return self.frame["channel"].replace_strict(rate, return_dtype=pl.Float64)
        return float(rate)

    def draw(self, share: float | pl.Series) -> pl.Expr:
        """True for a share of the rows; with a series, each row has its own share."""
        shares = share.to_numpy() if isinstance(share, pl.Series) else share
        return self._drawn(pl.Series(self._rng.random(self.frame.height) < shares))

    def number(self, low: int, high: int) -> pl.Expr:
        """A number from low to high - 1 for each row."""
        return self._drawn(pl.Series(self._rng.integers(low, high, self.frame.height, dtype=np.int32)))

    def choice(self, values: list[str]) -> pl.Expr:
        """One of some values for each row, all with the same probability."""
        return self._drawn(pl.Series(values).gather(self._rng.integers(0, len(values), self.frame.height)))

    def kinds(self, weights: Mapping[str, float]) -> pl.Expr:
        """One name for each row; the remaining share gets an empty one."""
        names = [*weights, ""]
        shares = [*weights.values(), max(0.0, 1 - sum(weights.values()))]
        kinds = pl.Series(names, dtype=pl.Enum(names)).gather(weighted(self._rng, shares, self.frame.height))
        return self._drawn(kinds)

    def apply(self, error: str | None, where: pl.Expr, **new: pl.Expr) -> None:
        """Give columns new values where `where` is true, and record the error in rows where a value changed."""
        rows = self.frame.select(pl.when(where).then(pl.int_range(pl.len()))).to_series().drop_nulls()
        if rows.is_empty():
            return
        roots = {root for value in new.values() for root in value.meta.root_names()} | new.keys()
        changed = self.frame.select(sorted(roots))[rows].with_columns(
            _differs(new), *(value.alias(f"new:{name}") for name, value in new.items())
        )
        rows, changed = rows.filter(changed["differs"]), changed.filter("differs")
        self.frame = self.frame.with_columns(
            _put(self.frame[name], rows, changed[f"new:{name}"].cast(self.frame[name].dtype)) for name in new
        )
        if error:
            self._happened[rows.to_numpy()] |= np.uint64(1 << self._place(error))

    def typo(self, error: str, column: str, share: float | pl.Series) -> None:
        """Drop a letter, double it or swap it with the next one; never the first letter."""
        text = pl.col(column)
        hit = self.draw(share) & (text.str.len_chars() > 3)
        place = 1 + self.number(0, 1_000_000) % (text.str.len_chars().cast(pl.Int64) - 1)
        kind = self.number(0, 3)
        head, letter, tail = text.str.slice(0, place), text.str.slice(place, 1), text.str.slice(place + 1)
        wrong = (
            pl.when(kind == 0)
            .then(head + tail)
            .when(kind == 1)
            .then(head + letter + letter + tail)
            .otherwise(head + tail.str.slice(0, 1) + letter + tail.str.slice(1))
        )
        self.apply(error, hit, **{column: wrong})

    def errors(self) -> pl.Series:
        """The names of the errors in each row, in alphabetical order."""
        kinds, row = np.unique(self._happened, return_inverse=True)
        places = range(len(self._names))
        names = [sorted(self._names[place] for place in places if int(kind) >> place & 1) for kind in kinds]
        return pl.Series(names, dtype=pl.List(pl.String)).gather(row)

    def _place(self, error: str) -> int:
        if error not in self._names:
            self._names.append(error)
        return self._names.index(error)

    def _drawn(self, values: pl.Series) -> pl.Expr:
        name = f"draw:{self._draws}"
        self._draws += 1
        self.frame = self.frame.with_columns(values.alias(name))
        return pl.col(name)


def _differs(new: Mapping[str, pl.Expr]) -> pl.Expr:
    differs = pl.any_horizontal(value.ne_missing(pl.col(name)) for name, value in new.items())
    return differs.alias("differs")


def _put(column: pl.Series, rows: pl.Series, values: pl.Series) -> pl.Series:
    """The column with other values in some rows."""
    return column.clone().scatter(rows, values)

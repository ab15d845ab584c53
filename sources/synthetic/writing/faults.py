"""Makes some rows that the contract quarantines: an unknown code, an invalid date, half a line.

Each extract has so few of them that it is never rejected.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from sources.synthetic.base.randomness import stream
from sources.synthetic.people.population import CityPlan

# This share of an extract's rows is below the bound of each contract.
_AT_MOST = 0.01
Fault = Mapping[str, pl.Expr]


def spoil(plan: CityPlan, frame: pl.DataFrame, source: str, turn: str, faults: Mapping[str, Fault]) -> pl.DataFrame:
    """Give some rows a fault; the column `refused` has the contract's reason, or null.

    Args:
        plan: of the city.
        frame: the rows of an extract.
        source: its name.
        turn: identifies the extract among those of its source, for its random stream.
        faults: new values by reason; without new values, the encoder breaks the line.
    """
    rng = stream(plan.seed, "refused", source, turn)
    most = int(frame.height * _AT_MOST)
    rates = plan.rates["refused"]
    size = min(most, int(rng.binomial(frame.height, rates[source if source in rates else "per_row"])))
    rows = rng.choice(frame.height, size, replace=False)
    reasons = pl.Series(list(faults), dtype=pl.String).gather(rng.integers(0, len(faults), size))
    nothing = pl.Series("refused", [None], dtype=pl.String).new_from_index(0, frame.height)
    spoilt = frame.with_columns(nothing.scatter(rows, reasons) if size else nothing)
    for reason, new in faults.items():
        # If a fault changes nothing, the row is still good.
        same = (
            pl.all_horizontal(value.eq_missing(pl.col(name)) for name, value in new.items()) if new else pl.lit(False)
        )
        is_unchanged = (pl.col("refused") == reason) & same
        spoilt = spoilt.with_columns(refused=pl.when(is_unchanged).then(None).otherwise("refused"))
        is_hit = (pl.col("refused") == reason).fill_null(False)
        spoilt = spoilt.with_columns(
            pl.when(is_hit).then(value).otherwise(name).alias(name) for name, value in new.items()
        )
    return spoilt


def refused_rows(source: str, frame: pl.DataFrame, key: str | None, day: date, above: int = 0) -> pl.DataFrame:
    """One row per faulty row of an extract, with its line number and reason.

    Args:
        source: of the extract.
        frame: the result of `spoil`.
        key: its key column, or None.
        day: date of the extract.
        above: lines of the file before the first row.
    """
    hits = frame["refused"].is_not_null().arg_true()
    source_key = pl.col(key) if key else pl.lit(None, dtype=pl.String)
    rows = frame.select(source_key=source_key, reason="refused")[hits]
    return rows.select(
        line=hits + (1 + above),
        source=pl.lit(source),
        extract_date=pl.lit(day),
        source_key="source_key",
        reason="reason",
    )

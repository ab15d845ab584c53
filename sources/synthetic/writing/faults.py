"""Rows that their contract does not accept: a code of nobody's list, a day that is none, half a line.

They are so few of each delivery that the delivery as a whole is always accepted.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from sources.synthetic.base.randomness import stream
from sources.synthetic.people.population import CityPlan

# So small a share of a delivery's rows is below what any contract tolerates.
_AT_MOST = 0.01
Fault = Mapping[str, pl.Expr]


def spoil(plan: CityPlan, frame: pl.DataFrame, source: str, turn: str, faults: Mapping[str, Fault]) -> pl.DataFrame:
    """Some rows with a fault, and which: `refused` holds the reason that the contract's rules give, else null.

    Args:
        plan: the city.
        frame: rows as they would be delivered.
        source: its name.
        turn: what tells this delivery's draws from the source's others.
        faults: new values by reason; a fault without any breaks the line itself, which is the encoder's part.
    """
    rng = stream(plan.seed, "refused", source, turn)
    most = int(frame.height * _AT_MOST)
    rates = plan.rates["refused"]
    size = min(most, int(rng.binomial(frame.height, rates[source if source in rates else "per_row"])))
    rows = rng.choice(frame.height, size, replace=False)
    reasons = pl.Series(list(faults), dtype=pl.String).gather(rng.integers(0, len(faults), size))
    nothing = pl.Series("refused", [None], dtype=pl.String).new_from_index(0, frame.height)
    told = frame.with_columns(nothing.scatter(rows, reasons) if size else nothing)
    for reason, new in faults.items():
        # Where a fault changes nothing, the row is as good as it was.
        same = (
            pl.all_horizontal(value.eq_missing(pl.col(name)) for name, value in new.items()) if new else pl.lit(False)
        )
        told = told.with_columns(refused=pl.when((pl.col("refused") == reason) & same).then(None).otherwise("refused"))
        is_hit = (pl.col("refused") == reason).fill_null(False)
        told = told.with_columns(pl.when(is_hit).then(value).otherwise(name).alias(name) for name, value in new.items())
    return told


def refused_rows(source: str, frame: pl.DataFrame, key: str | None, day: date, above: int = 0) -> pl.DataFrame:
    """One row per refused row of an extract, with its place among the rows, after `above` others, and the reason."""
    hits = frame["refused"].is_not_null().arg_true()
    source_key = pl.col(key) if key else pl.lit(None, dtype=pl.String)
    told = frame.select(source_key=source_key, reason="refused")[hits]
    return told.select(
        line=hits + (1 + above),
        source=pl.lit(source),
        extract_date=pl.lit(day),
        source_key="source_key",
        reason="reason",
    )

"""Protected people with the days of their protection, and the daily snapshot of them as quoted CSV.

In all other ways, the city treats them like other people.
"""

from collections.abc import Iterator
from datetime import date

import numpy as np
import polars as pl

from sources.synthetic.base.encoding import delimited
from sources.synthetic.base.randomness import pick, stream, top
from sources.synthetic.changes.as_of import who_as_of
from sources.synthetic.extracts.padro import nia
from sources.synthetic.people.population import LAST_DAY, CityPlan

FIELDS = ("id_proteccio", "nia", "document", "tipus", "data_inici", "data_fi")
_KINDS = {"VIOLENCIA_GENERE": 75, "ORDRE_JUDICIAL": 15, "ALTRES": 10}
_FEWEST = 3
_CHILDHOOD = 18 * 365
_LASTS_AT_LEAST = 60


def make_protections(plan: CityPlan, city: pl.DataFrame) -> pl.DataFrame:
    """Add `protected_day` and `unprotected_day`; null without a protection.

    Women are protected much more often than men; the children of their home are protected from the same day.
    """
    rng = stream(plan.seed, "proteccions")
    rates, size = plan.rates["protections"], city.height
    born, lives = city["born_days"].to_numpy(), city["exit_day"].is_null().to_numpy()
    lives &= (city["entry_day"] <= 0).to_numpy()
    weights = np.where(city["sex"] == "F", 0.0, np.log(rates["men_per_woman"]))
    children = city.filter(pl.col("born_days") > -_CHILDHOOD).select(pl.coalesce("mother", "father")).to_series()
    is_carer = np.isin(np.arange(size), children.drop_nulls().to_numpy())
    weights = weights + np.where(is_carer, np.log(rates["mothers_per_woman"]), 0.0)
    weights = np.where(lives & (born < -_CHILDHOOD), weights, -np.inf)
    chosen = top(rng, weights, max(_FEWEST, round(rates["per_person"] * plan.population)))
    begins = np.full(size, np.nan)
    begins[chosen] = rng.integers(-1000, LAST_DAY, len(chosen))
    ends = begins + _LASTS_AT_LEAST + rng.exponential(600, size)
    ends[rng.random(size) >= rates["with_an_end"]] = np.nan
    days = city.select(
        "born_days", "household", carer=pl.coalesce("mother", "father"),
        own_day=pl.Series(begins, nan_to_null=True).cast(pl.Int64),
        own_end=pl.Series(ends, nan_to_null=True).cast(pl.Int64),
    )  # fmt: skip
    is_child = (pl.col("born_days") > -_CHILDHOOD) & (
        pl.col("household").gather(pl.col("carer")) == pl.col("household")
    )
    return city.with_columns(
        days.select(
            protected_day=pl.coalesce("own_day", pl.when(is_child).then(pl.col("own_day").gather(pl.col("carer")))),
            unprotected_day=pl.when(pl.col("own_day").is_not_null())
            .then("own_end")
            .otherwise(pl.when(is_child).then(pl.col("own_end").gather(pl.col("carer")))),
        )
    )


def is_protected(today: int) -> pl.Expr:
    """Whether a person is protected on a day, counted from the plan's start."""
    return (pl.col("protected_day") <= today) & (pl.col("unprotected_day") >= today).fill_null(True)


def snapshot(plan: CityPlan, city: pl.DataFrame, day: date) -> pl.DataFrame:
    """The protections in force on a day; each has the inscription, the document or both."""
    rng = stream(plan.seed, "proteccions told")
    known = city.filter(pl.col("protected_day").is_not_null())
    start, size = pl.lit(plan.start), known.height
    kind, with_document = (
        pick(rng, _KINDS, size),
        pl.Series(rng.random(size) < plan.rates["protections"]["with_document"]),
    )
    today = (day - plan.start).days
    document = pl.when(pl.lit(with_document) | ~pl.col("is_registered")).then("document")
    return (
        who_as_of(known, today)
        .with_columns(tipus=pl.lit(kind), document=document)
        .filter(is_protected(today), pl.col("entry_day") <= today)
        .with_columns(
            id_proteccio=pl.format("PR{}", pl.col("person").cast(pl.String).str.zfill(8)),
            nia=pl.when("is_registered").then(nia()),
            data_inici=start + pl.duration(days="protected_day"),
            data_fi=start + pl.duration(days="unprotected_day"),
        )
        .filter(pl.any_horizontal(pl.col("nia", "document").is_not_null()))
        .sort("id_proteccio")
    )


def encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    """The file's bytes."""
    return delimited(frame.select(FIELDS), separator=";", quote_style="always", line_terminator="\r\n")

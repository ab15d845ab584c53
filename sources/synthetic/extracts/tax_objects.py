"""What taxpayers own: properties (IBI), some of them with a partner, and vehicles (IVTM); pipes, cp1252.

The same in every snapshot, but for what is held by who has not entered yet.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from sources.synthetic.base.encoding import delimited
from sources.synthetic.base.randomness import IntArray, stream, weighted
from sources.synthetic.people.population import CityPlan

FIELDS = (
    "codi_objecte", "impost", "referencia", "codi_contribuent", "dret", "percentatge", "us", "valor_cadastral",
    "any_valor", "superficie", "classe", "cvf", "distintiu", "data_matriculacio", "bonificacio",
)  # fmt: skip
_CODES = ("impost", "dret", "percentatge", "us", "any_valor", "classe", "distintiu", "bonificacio")
_USES = {"V": 70, "A": 14, "C": 9, "O": 5, "I": 2}
_RIGHTS = {"PR": 93, "NP": 3, "US": 3, "CA": 1}
_CLASSES = {"T": 66, "M": 28, "C": 6}
_LABELS = {"0": 4, "ECO": 12, "C": 36, "B": 30, "A": 18}
_PLATE_LETTERS = np.array(list("BCDFGHJKLMNPRSTVWXYZ"))
# Of the cadastral reference: the weights of the characters and the letters of the control.
_WEIGHTS = np.array([13, 15, 12, 5, 4, 17, 9, 21, 3, 7, 1])
_CONTROL = np.array(list("MQWERTYUIOPASDFGHJKLBZX"))
_LETTER_VALUES = {letter: value for value, letter in enumerate("ABCDEFGHIJKLMNÑOPQRSTUVWXYZ", start=1)}


def holdings(plan: CityPlan, city: pl.DataFrame, taxpayers: pl.DataFrame) -> pl.DataFrame:
    """One row per object and holder, with the fields of the file and the day from which it is held."""
    holders = taxpayers.select("codi_contribuent", "person", "entered_on")
    frame = pl.concat([_properties(plan, city, holders), _vehicles(plan, holders)], how="diagonal_relaxed")
    numbered = frame.with_columns(codi_objecte=pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(10))
    return numbered.with_columns(pl.col(_CODES).cast(pl.Categorical))


def encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    """The file's bytes."""
    return delimited(frame.select(FIELDS), "cp1252", separator="|", quote_style="never", line_terminator="\r\n")


def _properties(plan: CityPlan, city: pl.DataFrame, holders: pl.DataFrame) -> pl.DataFrame:
    """A property of one holder, or halved between partners who both pay taxes."""
    rng = stream(plan.seed, "properties")
    owned = holders.filter(pl.Series(rng.random(holders.height) < plan.rates["taxpayers"]["properties_per_taxpayer"]))
    partner = city.select("person", "partner")
    other = holders.select(partner="person", other="codi_contribuent")
    owned = owned.join(partner, on="person", how="left", maintain_order="left")
    owned = owned.join(other, on="partner", how="left", maintain_order="left", nulls_equal=False)
    size = owned.height
    halved = pl.col("other").is_not_null() & pl.Series(rng.random(size) < plan.rates["taxpayers"]["properties_halved"])
    use = pl.Series(list(_USES)).gather(weighted(rng, list(_USES.values()), size))
    surface = np.maximum(9, rng.lognormal(4.2, 0.5, size)).astype(np.int64)
    frame = owned.with_columns(
        impost=pl.lit("IBI"),
        referencia=_references(rng, size),
        dret=pl.Series(list(_RIGHTS)).gather(weighted(rng, list(_RIGHTS.values()), size)),
        percentatge=pl.when(halved).then(pl.lit("50,00")).otherwise(pl.lit("100,00")),
        us=use,
        valor_cadastral=pl.Series(surface * rng.integers(700, 2600, size)).cast(pl.String),
        any_valor=pl.lit("2017"),
        superficie=pl.Series(surface).cast(pl.String),
        bonificacio=pl.lit("0"),
    )
    second = frame.filter(halved).with_columns(codi_contribuent="other") if size else frame
    return pl.concat([frame, second]).drop("partner", "other").sort("referencia", "codi_contribuent")


def _vehicles(plan: CityPlan, holders: pl.DataFrame) -> pl.DataFrame:
    rng = stream(plan.seed, "vehicles")
    driven = holders.filter(pl.Series(rng.random(holders.height) < plan.rates["taxpayers"]["vehicles_per_taxpayer"]))
    size = driven.height
    days = pl.lit(plan.start) - pl.duration(days=pl.lit(pl.Series(rng.integers(10, 8000, size))))
    return driven.with_columns(
        impost=pl.lit("IVTM"),
        referencia=plates(rng, size),
        percentatge=pl.lit("100,00"),
        classe=pl.Series(list(_CLASSES)).gather(weighted(rng, list(_CLASSES.values()), size)),
        cvf=pl.Series(np.round(rng.uniform(6, 19, size), 2)).cast(pl.String).str.replace(".", ",", literal=True),
        distintiu=pl.Series(list(_LABELS)).gather(weighted(rng, list(_LABELS.values()), size)),
        data_matriculacio=days.dt.strftime("%Y%m%d"),
        bonificacio=pl.Series(rng.choice(["0", "75", "100"], size, p=[0.9, 0.07, 0.03])),
    )


def plates(rng: np.random.Generator, size: int) -> pl.Series:
    """Four digits and three consonants, each given once."""
    span = 10_000 * len(_PLATE_LETTERS) ** 3
    number = (rng.permutation(size).astype(np.int64) * 7_919_993 + int(rng.integers(span))) % span
    letters, digits = number // 10_000, number % 10_000
    base = len(_PLATE_LETTERS)
    parts = [pl.Series(_PLATE_LETTERS[letters // base**place % base]) for place in (2, 1, 0)]
    return pl.Series(digits).cast(pl.String).str.zfill(4) + parts[0] + parts[1] + parts[2]


def _references(rng: np.random.Generator, size: int) -> pl.Series:
    """Parcel (7), sheet (7), charge (4) and two control letters, each parcel given once."""
    parcel = pl.Series(rng.permutation(size).astype(np.int64) * 13 % 10_000_000).cast(pl.String).str.zfill(7)
    sheet = (
        pl.Series(rng.integers(2000, 9999, size)).cast(pl.String) + "DF3" if size else pl.Series([], dtype=pl.String)
    )
    charge = pl.Series(rng.integers(1, 200, size)).cast(pl.String).str.zfill(4)
    text = parcel + sheet + charge
    values = _values(text, size)
    last = values[:, 14:18]
    controls = [
        pl.Series(_CONTROL[(np.hstack([half, last]) * _WEIGHTS).sum(axis=1) % len(_CONTROL)])
        for half in (values[:, 0:7], values[:, 7:14])
    ]
    return text + controls[0] + controls[1]


def _values(text: pl.Series, size: int) -> IntArray:
    """Each character as a number, a letter by its place in the Spanish alphabet."""
    lookup = np.zeros(256, dtype=np.int64)
    lookup[[ord(digit) for digit in "0123456789"]] = range(10)
    for letter, value in _LETTER_VALUES.items():
        lookup[ord(letter)] = value
    codes = np.frombuffer("".join(text.to_list()).encode("latin-1"), dtype=np.uint8).reshape(size, 18)
    return lookup[codes]

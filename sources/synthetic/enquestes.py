"""Satisfaction answers of those who were attended that day, as quoted CSV with semicolons."""

from datetime import date

import numpy as np
import polars as pl

from sources.synthetic.draws import stream
from sources.synthetic.people import CityPlan
from sources.synthetic.presence import pick

FIELDS = (
    "id_resposta", "data", "servei", "canal", "id_atencio", "p1", "p2", "p3", "nps", "comentari", "idioma",
)  # fmt: skip
_COMMENTS = {"": 85, "Molt bé, gràcies": 8, "Massa espera": 5, "No m'han resolt res; ho torno a demanar": 2}
_ANONYMOUS = 0.3


def answers(plan: CityPlan, attended: pl.DataFrame, day: date) -> pl.DataFrame:
    """The answers of a day about some of its attentions; the longer the wait, the lower the third mark."""
    rng = stream(plan.seed, "enquestes", day.isoformat())
    of_day = attended.filter(pl.col("data_hora").str.starts_with(day.isoformat()))
    asked = of_day.filter(pl.Series(rng.random(of_day.height) < plan.rates["surveys"]["per_attention"]))
    size = asked.height
    wait = asked["temps_espera_s"].to_numpy() / 600
    comment = pick(rng, _COMMENTS, size)
    return asked.select(
        id_resposta=pl.format(
            "R{}-{}", pl.lit(f"{day:%Y%m%d}"), pl.int_range(1, size + 1).cast(pl.String).str.zfill(6)
        ),
        data=pl.lit(day.isoformat()),
        servei="motiu",
        canal="canal",
        id_atencio=pl.when(pl.Series(rng.random(size) >= _ANONYMOUS)).then("id"),
        p1=_mark(rng, 7.9, size),
        p2=_mark(rng, 8.1, size),
        p3=_mark(rng, 8.5 - wait, size),
        nps=_mark(rng, 7.5, size),
        comentari=pl.when(pl.lit(comment) != "").then(pl.lit(comment)),
        idioma="idioma",
    )


def encoded(frame: pl.DataFrame) -> bytes:
    """The file's bytes."""
    text = frame.select(FIELDS).rename(str.upper).write_csv(
        separator=";", quote_style="always", line_terminator="\r\n"
    )  # fmt: skip
    return text.encode("utf-8")


def _mark(rng: np.random.Generator, mean: float | np.ndarray, size: int) -> pl.Series:
    return pl.Series(np.clip(np.round(rng.normal(mean, 1.7, size)), 0, 10).astype(np.int64)).cast(pl.String)

"""Satisfaction answers of those who were attended, on the day itself, as quoted CSV with semicolons."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from sources.synthetic.calendar import Period
from sources.synthetic.draws import pick, stream
from sources.synthetic.encoding import delimited
from sources.synthetic.people import CityPlan
from sources.synthetic.refusals import Fault

FIELDS = (
    "id_resposta", "data", "servei", "canal", "id_atencio", "p1", "p2", "p3", "nps", "comentari", "idioma",
)  # fmt: skip
_COMMENTS = {"": 85, "Molt bé, gràcies": 8, "Massa espera": 5, "No m'han resolt res; ho torno a demanar": 2}
_ANONYMOUS = 0.3
FAULTS: dict[str, Fault] = {
    "bad_form:p1": {"p1": pl.lit("NS/NC")},
    "unknown_code:servei": {"servei": pl.lit("ALTRES")},
}


def answers(plan: CityPlan, attended: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The answers about some of a period's attentions, with person, who was attended, where that is known.

    The longer the wait, the lower the third mark.
    """
    rng = stream(plan.seed, "enquestes", period.name)
    asked = attended.filter(pl.Series(rng.random(attended.height) < plan.rates["surveys"]["per_attention"])).sort("id")
    size = asked.height
    wait = asked["temps_espera_s"].to_numpy() / 600
    comment = pick(rng, _COMMENTS, size)
    day = asked["data_hora"].str.slice(0, 10)
    is_signed = pl.lit(pl.Series(rng.random(size) >= _ANONYMOUS))
    turn = pl.int_range(1, pl.len() + 1).over(day).cast(pl.String).str.zfill(6)
    return asked.select(
        person=pl.when("is_mention", is_signed).then("person"),
        id_resposta=pl.format("R{}-{}", pl.lit(day.str.replace_all("-", "")), turn),
        data=day,
        servei="motiu",
        canal="canal",
        id_atencio=pl.when(is_signed).then("id"),
        p1=_mark(rng, 7.9, size),
        p2=_mark(rng, 8.1, size),
        p3=_mark(rng, 8.5 - wait, size),
        nps=_mark(rng, 7.5, size),
        comentari=pl.when(pl.lit(comment) != "").then(pl.lit(comment)),
        idioma="idioma",
    )


def encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    """The file's bytes."""
    return delimited(frame.select(FIELDS), separator=";", quote_style="always", line_terminator="\r\n")


def _mark(rng: np.random.Generator, mean: float | np.ndarray, size: int) -> pl.Series:
    return pl.Series(np.clip(np.round(rng.normal(mean, 1.7, size)), 0, 10).astype(np.int64)).cast(pl.String)

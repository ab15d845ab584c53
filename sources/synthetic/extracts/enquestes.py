"""Satisfaction answers of those who were attended, as quoted CSV with semicolons.

Some people answer on the spot; others get a questionnaire the day after (`campanyes.py` has its message).
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from sources.synthetic.base.encoding import delimited
from sources.synthetic.base.randomness import pick, stream
from sources.synthetic.people.population import CityPlan
from sources.synthetic.writing.calendar import Period
from sources.synthetic.writing.faults import Fault

FIELDS = (
    "id_resposta", "data", "servei", "canal", "id_atencio", "p1", "p2", "p3", "nps", "comentari", "idioma",
)  # fmt: skip
_ASKED_ABOUT = ("person", "id", "motiu", "canal", "temps_espera_s", "idioma", "email", "telefon")
_COMMENTS = {"": 85, "Molt bé, gràcies": 8, "Massa espera": 5, "No m'han resolt res; ho torno a demanar": 2}
_ANONYMOUS = 0.3
_MOST_DAYS = 14
_MOBILE = r"^(\+34 )?[67]"
FAULTS: dict[str, Fault] = {
    "bad_form:p1": {"p1": pl.lit("NS/NC")},
    "unknown_code:servei": {"servei": pl.lit("ALTRES")},
}


def asked(plan: CityPlan, attended: pl.DataFrame, period: Period) -> pl.DataFrame:
    """One row per questionnaire about a period's attentions: the attention, and the days of the questionnaire.

    `sent_on` is null for people asked on the spot, `answered_on` for people who do not answer. `is_signed`: it is
    known who answers. `is_wrong_address`: the message can't arrive.
    """
    rng = stream(plan.seed, "enquestes", period.name)
    rates, size = plan.rates["surveys"], attended.height
    draw = rng.random(size)
    is_reached = pl.col("is_mention") & (pl.col("email").is_not_null() | pl.col("telefon").str.contains(_MOBILE))
    is_sent = attended.select(is_reached.fill_null(False)).to_series().to_numpy() & (draw < rates["sent"])
    on_the_spot = ~is_sent & (draw > 1 - rates["on_the_spot"])
    # Only the few attentions with a questionnaire, because there are very many attentions.
    chosen = np.flatnonzero(is_sent | on_the_spot)
    is_sent, count = pl.lit(pl.Series(is_sent[chosen])), len(chosen)
    answers = pl.lit(pl.Series(rng.random(count) < rates["answered"]))
    later = pl.lit(pl.Series(np.minimum(rng.geometric(1 / rates["answered_after_days"], count), _MOST_DAYS)))
    is_signed = pl.lit(pl.Series(rng.random(count) >= _ANONYMOUS))
    is_wrong = pl.col("email").is_not_null() & pl.col("error_types").list.contains("email_typo")
    day = pl.col("data_hora").str.slice(0, 10).str.to_date()
    questionnaires = attended.select(*_ASKED_ABOUT, "is_mention", "error_types", "data_hora")[chosen]
    return questionnaires.select(
        *_ASKED_ABOUT,
        is_wrong_address=is_wrong.fill_null(False),
        is_signed=is_sent | (pl.col("is_mention").fill_null(False) & is_signed),
        sent_on=pl.when(is_sent).then(day.dt.offset_by("1d")),
        answered_on=pl.when(~is_sent).then(day).when(answers & ~is_wrong).then(day + pl.duration(days=later)),
    ).sort("id")


def answers(plan: CityPlan, due: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The answers of a period, with the person who was attended, if known.

    The longer the wait, the lower the third mark.
    """
    rng = stream(plan.seed, "enquestes answered", period.name)
    due = due.sort("answered_on", "id")
    size = due.height
    wait = due["temps_espera_s"].to_numpy() / 600
    comment = pick(rng, _COMMENTS, size)
    turn = pl.int_range(1, pl.len() + 1).over("answered_on").cast(pl.String).str.zfill(6)
    return due.select(
        person=pl.when("is_signed").then("person"),
        id_resposta=pl.format("R{}-{}", pl.col("answered_on").dt.strftime("%Y%m%d"), turn),
        data=pl.col("answered_on").dt.to_string("iso"),
        servei="motiu",
        canal="canal",
        id_atencio=pl.when("is_signed").then("id"),
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

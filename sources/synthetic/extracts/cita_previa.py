"""Appointments and visits of the offices, as CSV without a key; people without an appointment leave no name."""

from collections.abc import Iterator
from hashlib import md5

import numpy as np
import polars as pl

from sources.synthetic.base.encoding import delimited
from sources.synthetic.base.randomness import IntArray, pick, stream
from sources.synthetic.people.population import CityPlan
from sources.synthetic.writing.calendar import Period, dates, draw_days, seconds
from sources.synthetic.writing.dirt import Dirt
from sources.synthetic.writing.entry import enter, turned_up
from sources.synthetic.writing.faults import Fault
from sources.synthetic.writing.presence import frequency, turn_up

FIELDS = (
    "any", "data", "dia_setmana", "torn", "hora", "oficina", "cua", "cita_previa", "canal_cita_previa", "temps_espera",
    "temps_atencio", "n_tramits_x_visita", "nif", "nom", "cognoms", "telefon", "email", "estat",
)  # fmt: skip
_WEEKDAYS = ("Dilluns", "Dimarts", "Dimecres", "Dijous", "Divendres", "Dissabte", "Diumenge")
_OFFICES = {f"OAC-{number:02d}": 10 for number in range(1, 11)} | {"OAC-PLSTMIQUEL": 25}
_QUEUES = {"Padró": 55, "Informació general": 20, "Tributs": 15, "Registre": 10}
_CHANNELS = {"Portal web": 62, "Telefònic": 25, "Presencial": 11, "Desconegut": 2}
_TYPED_AT = {"Portal web": "web", "Telefònic": "phone", "Presencial": "counter", "Desconegut": "counter"}
_ASKED = ("nom", "cognom_1", "cognom_2", "email", "telefon")
_NOON = 14
FAULTS: dict[str, Fault] = {
    "bad_time:hora": {"hora": pl.col("hora").str.replace("^[0-9]{2}", "29")},
    # A separator that somebody typed.
    "bad_field_count": {"email": pl.concat_str([pl.col("email").fill_null("no en té"), pl.lit(";")])},
}
# The pipeline's key of a row without a key: its fields, and its number among equal rows.
_BETWEEN = chr(31)


def visits(plan: CityPlan, city: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The visits of a period, with person, channel, is_mention and error_types beside the fields of the file."""
    rng = stream(plan.seed, "cita previa", period.name)
    days = draw_days(plan, rng, period, plan.rates["visits"]["yearly_per_person"], "counter")
    is_booked = rng.random(len(days)) < plan.rates["visits"]["with_appointment"]
    queue = _queue(plan, rng, is_booked, days)
    booked = queue.filter(pl.Series(is_booked))
    person = turn_up(rng, city, frequency(plan, "cita previa", city), days[is_booked], youngest=16)
    people = turned_up(city, person, days[is_booked]).with_columns(
        is_identified=pl.lit(True), is_named=pl.lit(True),
        channel=booked["canal_cita_previa"].replace_strict(_TYPED_AT),
    )  # fmt: skip
    who = enter(Dirt(people, rng, plan.rates), _ASKED).select(
        "person", "channel", "error_types", "nom", "email", "telefon",
        nif="document",
        cognoms=pl.concat_str("cognom_1", "cognom_2", separator=" ", ignore_nulls=True),
    )  # fmt: skip
    with_booking = pl.concat([booked, who], how="horizontal")
    frame = pl.concat([with_booking, queue.filter(pl.Series(~is_booked))], how="diagonal").with_columns(
        cognoms=pl.when(pl.col("cognoms") != "").then("cognoms"),
        is_mention=pl.any_horizontal(pl.col("nom", "nif", "email", "telefon").is_not_null()),
    )
    return frame.sort("data", "hora", "oficina", "cua", maintain_order=True)


def keyed(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the key of each mention, as the pipeline computes it."""
    row_text = pl.concat_str([pl.col(field).fill_null("") for field in FIELDS], separator=_BETWEEN)
    rows = frame.with_columns(row_text.alias("row_text"))
    turn = pl.int_range(1, pl.len() + 1).over("row_text").cast(pl.String)
    rows = rows.filter(pl.col("refused").is_null()).with_columns(turn=turn).filter("is_mention")
    digests = [md5(text.encode(), usedforsecurity=False).hexdigest() for text in rows["row_text"]]
    return rows.with_columns(key=pl.Series(digests, dtype=pl.String) + "-" + rows["turn"]).drop("row_text", "turn")


def encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    """The file's bytes: semicolons, a byte order mark, Windows line ends."""
    rows = frame.select(FIELDS)
    return delimited(rows, separator=";", quote_style="never", line_terminator="\r\n", include_bom=True)


def _queue(plan: CityPlan, rng: np.random.Generator, booked: np.ndarray, days: IntArray) -> pl.DataFrame:
    """The fields without data of the person."""
    size = len(booked)
    came = pl.Series((rng.random(size) >= plan.rates["visits"]["not_kept"]) | ~booked)
    state = pick(rng, {"No presentat": 60, "Anul·lada": 40}, size)
    times = {
        "temps_espera": (rng.exponential(1.0, size) * np.where(booked, 180, 1500)).astype(np.int64),
        "temps_atencio": np.maximum(30, rng.gamma(2.2, 220, size)).astype(np.int64),
        "n_tramits_x_visita": 1 + rng.poisson(0.3, size),
    }
    minutes = pl.Series("minutes", seconds(plan, rng, "counter", size) // 60)
    hour = pl.col("minutes") // 60
    return pl.DataFrame([minutes, dates(plan, days).alias("day")]).select(
        any=pl.col("day").dt.strftime("%Y"),
        data=pl.col("day").dt.strftime("%Y-%m-%d"),
        dia_setmana=pl.lit(pl.Series(_WEEKDAYS)).gather(pl.col("day").dt.weekday() - 1),
        torn=pl.when(hour < _NOON).then(pl.lit("M")).otherwise(pl.lit("T")),
        hora=pl.format("{}:{}", _two(hour), _two(pl.col("minutes") % 60)),
        oficina=pick(rng, _OFFICES, size),
        cua=pick(rng, _QUEUES, size),
        cita_previa=pl.lit(pl.Series(booked)).cast(pl.Int64).cast(pl.String),
        canal_cita_previa=pl.when(pl.lit(pl.Series(booked))).then(pick(rng, _CHANNELS, size)),
        estat=pl.when(came).then(pl.lit("Atesa")).otherwise(state),
        **{name: pl.when(came).then(pl.lit(pl.Series(value))).cast(pl.String) for name, value in times.items()},
    )


def _two(number: pl.Expr) -> pl.Expr:
    return number.cast(pl.String).str.zfill(2)

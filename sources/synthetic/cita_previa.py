"""Appointments and visits of the offices, as CSV without a key; who comes without an appointment leaves no name."""

from datetime import date
from hashlib import md5

import numpy as np
import polars as pl

from sources.synthetic.dirt import Dirt
from sources.synthetic.draws import stream
from sources.synthetic.entry import enter
from sources.synthetic.people import CityPlan
from sources.synthetic.presence import adults, pick

FIELDS = (
    "any", "data", "dia_setmana", "torn", "hora", "oficina", "cua", "cita_previa", "canal_cita_previa", "temps_espera",
    "temps_atencio", "n_tramits_x_visita", "nif", "nom", "cognoms", "telefon", "email", "estat",
)  # fmt: skip
_WEEKDAYS = ("Dilluns", "Dimarts", "Dimecres", "Dijous", "Divendres", "Dissabte", "Diumenge")
_SUNDAY = 6
_OFFICES = {f"OAC-{number:02d}": 10 for number in range(1, 11)} | {"OAC-PLSTMIQUEL": 25}
_QUEUES = {"Padró": 55, "Informació general": 20, "Tributs": 15, "Registre": 10}
_CHANNELS = {"Portal web": 62, "Telefònic": 25, "Presencial": 11, "Desconegut": 2}
_WITH_APPOINTMENT = 0.62
# What the pipeline knows a row without a key by: its fields, and which of those that say the same it is.
_BETWEEN = chr(31)


def visits(plan: CityPlan, city: pl.DataFrame, day: date) -> pl.DataFrame:
    """The visits of a day, with person, is_mention, error_types and key beside the fields of the file."""
    rng = stream(plan.seed, "cita previa", day.isoformat())
    is_open = day.weekday() != _SUNDAY
    size = max(1, round(plan.rates["visits"]["daily_per_person"] * plan.population)) if is_open else 0
    today = (day - plan.start).days
    booked = pl.Series(rng.random(size) < _WITH_APPOINTMENT)
    people = city[adults(plan.seed, "cita previa", city, size, today, youngest=16)].with_columns(
        is_identified=booked, is_named=booked, attended_day=pl.lit(today, dtype=pl.Int64), canal=pl.lit("OAC")
    )
    told = enter(Dirt(people, rng, plan.rates), city)
    who = told.select(
        "person", "error_types", "nom", "email",
        nif="document",
        cognoms=pl.concat_str("cognom_1", "cognom_2", separator=" ", ignore_nulls=True),
        telefon=pl.col("telefon"),
    )  # fmt: skip
    frame = pl.concat([_queue(rng, booked, day), who], how="horizontal")
    frame = frame.with_columns(
        cognoms=pl.when(pl.col("cognoms") != "").then("cognoms"),
        is_mention=pl.any_horizontal(pl.col("nom", "nif", "email", "telefon").is_not_null()),
    )
    frame = frame.sort("hora", "oficina", "cua", maintain_order=True)
    said = pl.concat_str([pl.col(field).fill_null("") for field in FIELDS], separator=_BETWEEN)
    told = frame.select(said.alias("said"), turn=pl.int_range(1, pl.len() + 1).over(said).cast(pl.String))
    digests = [md5(text.encode(), usedforsecurity=False).hexdigest() for text in told["said"]]
    return frame.with_columns(key=pl.Series(digests, dtype=pl.String) + "-" + told["turn"])


def encoded(frame: pl.DataFrame) -> bytes:
    """The file's bytes: semicolons, a byte order mark, Windows line ends."""
    text = frame.select(FIELDS).rename(str.upper).write_csv(
        separator=";", quote_style="never", line_terminator="\r\n", include_bom=True
    )  # fmt: skip
    return text.encode("utf-8")


def _queue(rng: np.random.Generator, booked: pl.Series, day: date) -> pl.DataFrame:
    """What says nothing of the person."""
    size = len(booked)
    minutes = rng.integers(8 * 60 + 30, 19 * 60, size)
    came = pl.Series(rng.random(size) >= 0.04) | ~booked
    state = pick(rng, {"No presentat": 60, "Anul·lada": 40}, size)
    seconds = {
        "temps_espera": np.where(booked, rng.exponential(180, size), rng.exponential(1500, size)).astype(np.int64),
        "temps_atencio": np.maximum(30, rng.gamma(2.2, 220, size)).astype(np.int64),
        "n_tramits_x_visita": 1 + rng.poisson(0.3, size),
    }
    return pl.DataFrame({"minutes": minutes}).select(
        pl.lit(f"{day:%Y}").alias("any"),
        data=pl.lit(day.isoformat()),
        dia_setmana=pl.lit(_WEEKDAYS[day.weekday()]),
        torn=pl.when(pl.col("minutes") < 14 * 60).then(pl.lit("M")).otherwise(pl.lit("T")),
        hora=pl.format(
            "{}:{}",
            (pl.col("minutes") // 60).cast(pl.String).str.zfill(2),
            (pl.col("minutes") % 60).cast(pl.String).str.zfill(2),
        ),
        oficina=pick(rng, _OFFICES, size),
        cua=pick(rng, _QUEUES, size),
        cita_previa=pl.lit(booked).cast(pl.Int64).cast(pl.String),
        canal_cita_previa=pl.when(pl.lit(booked)).then(pick(rng, _CHANNELS, size)),
        estat=pl.when(pl.lit(came)).then(pl.lit("Atesa")).otherwise(pl.lit(state)),
        **{
            name: pl.when(pl.lit(came)).then(pl.lit(pl.Series(value))).cast(pl.String)
            for name, value in seconds.items()
        },
    )

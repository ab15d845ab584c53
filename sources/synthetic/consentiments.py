"""Decisions on consents that are told outside of attentions: on the web, on forms, by card programmes; JSON Lines.

Who consents and who thinks better of it is drawn here; how they are written down wrongly, in `entry.py`.
"""

from datetime import date

import numpy as np
import polars as pl

from sources.synthetic.dirt import Dirt
from sources.synthetic.draws import stream
from sources.synthetic.entry import enter
from sources.synthetic.people import CityPlan
from sources.synthetic.presence import adults, pick

FIELDS = (
    "id", "data_hora", "origen", "finalitat", "servei", "estat", "atorgant", "versio_text", "evidencia", "idioma",
    "tipus_document", "document", "pais_document", "nom", "cognom_1", "cognom_2", "data_naixement", "email", "telefon",
)  # fmt: skip
_CHANNELS = {"GAUDIR_MES": 45, "WEB": 35, "FORMULARI": 12, "APP": 6, "TELEFON": 2}
_PURPOSES = {"COMUNICACIONS": 50, "INTEGRACIO": 35, "ENQUESTES": 15}
_SERVICES = {"": 90, "OBRES": 3, "PREINSCRIPCIO": 3, "BUS": 2, "BUTLLETI": 2}
_WITH_DOCUMENT = 0.7


def decisions(plan: CityPlan, city: pl.DataFrame, day: date) -> pl.DataFrame:
    """The decisions told on a day, with person and error_types beside the fields of the file."""
    rng = stream(plan.seed, "consentiments", day.isoformat())
    rates = plan.rates["consent_register"]
    size = round(
        (rates["first_night_per_person"] if day == plan.start else rates["daily_per_person"]) * plan.population
    )
    today = (day - plan.start).days
    people = city[adults(plan.seed, "consentiments", city, size, today, youngest=14)].with_columns(
        is_identified=pl.Series(rng.random(size) < _WITH_DOCUMENT), is_named=pl.lit(True),
        attended_day=pl.lit(today, dtype=pl.Int64), canal=pl.lit("OAC"),
    )  # fmt: skip
    told = enter(Dirt(people, rng, plan.rates), city)
    state = {
        "DONAT": 1 - rates["refused"] - rates["withdrawn"],
        "REFUSAT": rates["refused"],
        "RETIRAT": rates["withdrawn"],
    }
    service = pick(rng, _SERVICES, size)
    frame = told.with_columns(
        id=pl.format("CO{}-{}", pl.lit(f"{day:%Y%m%d}"), pl.int_range(1, size + 1).cast(pl.String).str.zfill(6)),
        data_hora=_moments(rng, size, day),
        origen=pick(rng, _CHANNELS, size),
        finalitat=pick(rng, _PURPOSES, size),
        servei=pl.when(pl.lit(service) != "").then(pl.lit(service)),
        estat=pick(rng, {name: round(share * 1000) for name, share in state.items()}, size),
        atorgant=pl.lit("TITULAR"),
        evidencia=pl.format("REF-{}", pl.lit(pl.Series(rng.integers(10**6, 10**7, size)))),
    )
    version = pl.format("{}-1-{}", pl.lit(f"{day:%Y}"), "language")
    return frame.with_columns(versio_text=pl.when(pl.col("estat") == "DONAT").then(version)).sort("id")


def encoded(frame: pl.DataFrame) -> bytes:
    """The file's bytes: one object a line, absent values as null."""
    return frame.select(FIELDS).write_ndjson().encode("utf-8")


def _moments(rng: np.random.Generator, size: int, day: date) -> pl.Expr:
    seconds = pl.lit(pl.Series(rng.integers(7 * 3600, 23 * 3600, size)))
    return (pl.lit(day).cast(pl.Datetime) + pl.duration(seconds=seconds)).dt.strftime("%Y-%m-%dT%H:%M:%S")

"""Decisions on consents outside of attentions: on the web, on forms, by card programmes; JSON Lines.

Who consents and who withdraws is drawn here; `entry.py` makes the errors.
"""

from collections.abc import Iterator

import polars as pl

from sources.synthetic.base.encoding import json_lines
from sources.synthetic.base.randomness import pick, stream
from sources.synthetic.people.population import CityPlan
from sources.synthetic.writing.calendar import Period, dates, draw_days, moments, seconds, serials
from sources.synthetic.writing.dirt import Dirt
from sources.synthetic.writing.entry import enter, turned_up
from sources.synthetic.writing.faults import Fault
from sources.synthetic.writing.presence import frequency, turn_up

FIELDS = (
    "id", "data_hora", "origen", "finalitat", "servei", "estat", "atorgant", "versio_text", "evidencia", "idioma",
    "tipus_document", "document", "pais_document", "nom", "cognom_1", "cognom_2", "data_naixement", "email", "telefon",
)  # fmt: skip
_CHANNELS = {"GAUDIR_MES": 45, "WEB": 35, "FORMULARI": 12, "APP": 6, "TELEFON": 2}
_TYPED_AT = {"GAUDIR_MES": "counter", "WEB": "web", "FORMULARI": "counter", "APP": "web", "TELEFON": "phone"}
_PURPOSES = {"COMUNICACIONS": 50, "INTEGRACIO": 35, "ENQUESTES": 15}
_SERVICES = {"": 90, "OBRES": 3, "PREINSCRIPCIO": 3, "BUS": 2, "BUTLLETI": 2}
_ASKED = ("tipus_document", "pais_document", "nom", "cognom_1", "cognom_2", "data_naixement", "email", "telefon")
_WITH_DOCUMENT = 0.7

FAULTS: dict[str, Fault] = {
    # A consent without the version of its text is not proven.
    "unproven:versio_text": {"versio_text": pl.lit(None, dtype=pl.String)},
    "bad_date:data_hora": {"data_hora": pl.col("data_hora").str.replace("-[0-9]{2}-[0-9]{2}T", "-00-00T")},
}


def decisions(plan: CityPlan, city: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The decisions of a period, with person, channel and error_types beside the fields of the file."""
    rng = stream(plan.seed, "consentiments", period.name)
    rates = plan.rates["consent_register"]
    days = draw_days(plan, rng, period, rates["yearly_per_person"], "web")
    size = len(days)
    origin = pick(rng, _CHANNELS, size)
    person = turn_up(rng, city, frequency(plan, "consentiments", city), days, youngest=14)
    people = turned_up(city, person, days).with_columns(
        is_identified=pl.Series(rng.random(size) < _WITH_DOCUMENT), is_named=pl.lit(True),
        channel=origin.replace_strict(_TYPED_AT),
    )  # fmt: skip
    state = {
        "DONAT": 1 - rates["refused"] - rates["withdrawn"],
        "REFUSAT": rates["refused"],
        "RETIRAT": rates["withdrawn"],
    }
    service = pick(rng, _SERVICES, size)
    frame = enter(Dirt(people, rng, plan.rates), _ASKED).with_columns(
        id=pl.lit("CO") + pl.lit(dates(plan, days)).dt.strftime("%Y%m%d") + "-" + pl.lit(serials(days, 6)),
        data_hora=moments(plan, days, seconds(plan, rng, "web", size)),
        origen=origin,
        finalitat=pick(rng, _PURPOSES, size),
        servei=pl.when(service != "").then(service),
        estat=pick(rng, state, size),
        atorgant=pl.lit("TITULAR"),
        evidencia=pl.format("REF-{}", pl.lit(pl.Series(rng.integers(10**6, 10**7, size)))),
    )
    version = pl.col("data_hora").str.slice(0, 4) + "-1-" + pl.col("language")
    return frame.with_columns(versio_text=pl.when(pl.col("estat") == "DONAT").then(version)).sort("id")


def encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    """The file's bytes: one object a line, absent values as null; what broke off ends in the middle."""
    return json_lines(frame.select(FIELDS), frame["refused"] == "bad_json")

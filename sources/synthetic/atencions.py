"""Attentions of 010, the counters and 900 226 226: JSON Lines in which three quarters show no document.

Who is attended, and what is asked of them, is drawn here; how they are then written down wrongly, in `entry.py`.
"""

from datetime import date

import numpy as np
import polars as pl

from sources.synthetic.dirt import Dirt
from sources.synthetic.draws import IntArray, stream, weighted
from sources.synthetic.entry import PERSONAL, enter
from sources.synthetic.people import CityPlan

FIELDS = (
    "id", "data_hora", "canal", "telefon_origen", *PERSONAL, "idioma", "motiu", "tramit", "informacio_promesa",
    "oficina", "temps_espera_s", "durada_s", "resultat", "consentiment_integracio", "consentiment_comunicacions",
    "versio_text",
)  # fmt: skip
_PROMISED = 0.3
_PURPOSES = {"consentiment_integracio": "integration", "consentiment_comunicacions": "communications"}
_OFFICES = ("OAC-PLSTMIQUEL", *(f"OAC-{number:02d}" for number in range(1, 11)))
_SUBJECTS = {"INFO": 38, "TRAMIT": 22, "CITA": 10, "PADRO": 12, "TRIBUTS": 7, "MULTES": 4, "QUEIXA": 5, "CIVISME": 2}
_PROCEDURES = {
    "PADRO": {"CERT_EMPADRONAMENT": 60, "ALTA_PADRO": 22, "CANVI_DOMICILI": 18},
    "TRIBUTS": {"DOMICILIACIO_IBI": 60, "BONIF_IVTM": 40},
    "TRAMIT": {"TARGETA_ROSA": 30, "LLAR_INFANTS": 15, "RECOLLIDA_MOBLES": 55},
}


def attentions(plan: CityPlan, city: pl.DataFrame, day: date) -> pl.DataFrame:
    """The attentions delivered on a day, with person, is_mention and error_types beside the fields of the file."""
    rng = stream(plan.seed, "atencions", day.isoformat())
    rates = plan.rates["attentions"]
    is_first = day == plan.start
    size = round((rates["first_night_per_person"] if is_first else rates["daily_per_person"]) * plan.population)
    days = int(rates["first_night_days"]) if is_first else 1
    today = (day - plan.start).days
    offset = np.sort(today - rng.integers(0, days, size))
    person = _attended(plan, rng, city, size, today)
    frame = pl.concat([_contacts(rng, size), city[person]], how="horizontal").with_columns(
        id=pl.format("AT{}-{}", pl.lit(f"{day:%Y%m%d}"), _serial(size)),
        data_hora=_moments(plan, rng, offset),
        # A person who has since moved lived elsewhere on that day; stale addresses are an error of their own.
        attended_day=pl.Series(offset),
    )
    frame = _identity(plan, rng, frame)
    frame = enter(Dirt(_consents(rng, frame, plan.rates["consents"]), rng, plan.rates), city)
    return frame.with_columns(
        is_mention=pl.any_horizontal(pl.col("nom", "document", "email", "telefon").is_not_null()),
    ).sort("id")


def encoded(frame: pl.DataFrame) -> bytes:
    """The file's bytes: one object a line, absent values as null."""
    return frame.select(FIELDS).write_ndjson().encode("utf-8")


def _serial(size: int) -> pl.Series:
    return pl.Series(np.arange(1, size + 1)).cast(pl.String).str.zfill(7)


def _attended(plan: CityPlan, rng: np.random.Generator, city: pl.DataFrame, size: int, today: int) -> IntArray:
    """Some come often, children are spoken for; who is dead, departed or yet to come does not."""
    often = stream(plan.seed, "how often").gamma(0.7, 1.0, city.height)
    age = city["age"].to_numpy()
    is_here = (pl.col("entry_day") <= today - 60) & (pl.col("exit_day").fill_null(10**6) > today)
    present = city.select(is_here).to_series()
    by_age = np.interp(age, [0, 13, 18, 35, 65, 85, 100], [0.3, 0.2, 0.6, 1.2, 1.1, 0.7, 0.2])
    return weighted(rng, often * by_age * present.to_numpy(), size)


def _moments(plan: CityPlan, rng: np.random.Generator, offset: IntArray) -> pl.Expr:
    seconds = 8 * 3600 + np.floor(rng.beta(1.6, 2.4, len(offset)) * 12 * 3600).astype(np.int64)
    moment = pl.lit(plan.start).cast(pl.Datetime) + pl.duration(
        days=pl.lit(pl.Series(offset)), seconds=pl.lit(pl.Series(seconds))
    )
    return moment.dt.strftime("%Y-%m-%dT%H:%M:%S")


def _contacts(rng: np.random.Generator, size: int) -> pl.DataFrame:
    """What says nothing of the person: channel, reason, procedure, office, times, outcome."""
    channel = _pick(rng, {"010": 55, "OAC": 38, "900226226": 7}, size)
    subject = _pick(rng, _SUBJECTS, size)
    procedure = pl.Series([None], dtype=pl.String).new_from_index(0, size)
    for name, choices in _PROCEDURES.items():
        procedure = _pick(rng, choices, size).zip_with(subject == name, procedure)
    office = pl.Series(_OFFICES).gather(rng.integers(0, len(_OFFICES), size))
    wait = np.where(channel == "OAC", rng.exponential(780, size), rng.exponential(55, size))
    return pl.DataFrame(
        {
            "canal": channel,
            "motiu": subject,
            "tramit": procedure,
            "informacio_promesa": _promised(rng, procedure),
            "oficina": office.zip_with(channel == "OAC", pl.Series([None], dtype=pl.String).new_from_index(0, size)),
            "temps_espera_s": wait.astype(np.int64),
            "durada_s": np.maximum(20, rng.gamma(2.2, 120, size)).astype(np.int64),
            "resultat": _pick(rng, {"RESOLT": 80, "DERIVAT": 11, "PENDENT": 6, "ABANDONAT": 3}, size),
        }
    )


def _promised(rng: np.random.Generator, procedure: pl.Series) -> pl.Series:
    """Whether it was promised to send how the procedure is done; null where the attention was of none."""
    promised = pl.Series(np.where(rng.random(len(procedure)) < _PROMISED, "S", "N"))
    return promised.zip_with(
        procedure.is_not_null(), pl.Series([None], dtype=pl.String).new_from_index(0, len(procedure))
    )


def _pick(rng: np.random.Generator, choices: dict[str, int], size: int) -> pl.Series:
    return pl.Series(list(choices)).gather(weighted(rng, list(choices.values()), size))


def _identity(plan: CityPlan, rng: np.random.Generator, frame: pl.DataFrame) -> pl.DataFrame:
    """`is_identified` with a document, `is_named` with at least a name; the rest are pure calls."""
    rates = plan.rates["attentions"]
    is_identified = rng.random(frame.height) >= rates["without_document"]
    is_named = is_identified | (rng.random(frame.height) >= rates["without_any_personal_data"])
    return frame.with_columns(is_identified=pl.Series(is_identified), is_named=pl.Series(is_named))


def _consents(rng: np.random.Generator, frame: pl.DataFrame, rates: dict[str, float]) -> pl.DataFrame:
    """Asked at some identified attentions of adults; the version is of the text that was read out."""
    asked = pl.col("is_identified") & pl.col("document").is_not_null() & (pl.col("age") >= 16)
    answers = []
    for column, purpose in _PURPOSES.items():
        draw = pl.Series(rng.random(frame.height))
        given, refused = rates[f"{purpose}_given"], rates[f"{purpose}_refused"]
        answer = pl.when(draw < given).then(pl.lit("S")).when(draw < given + refused).then(pl.lit("N"))
        answers.append(pl.when(asked).then(answer).alias(column))
    frame = frame.with_columns(answers)
    was_asked = pl.any_horizontal(pl.col("consentiment_integracio", "consentiment_comunicacions").is_not_null())
    version = pl.col("data_hora").str.slice(0, 4) + "-1-" + pl.col("language")
    return frame.with_columns(versio_text=pl.when(was_asked).then(version))

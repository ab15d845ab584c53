"""Attentions of 010, the counters and 900 226 226: JSON Lines in which three quarters show no document.

Who is attended, and what is asked of them, is drawn here; how they are then written down wrongly, in `entry.py`.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from sources.synthetic.base.encoding import json_lines
from sources.synthetic.base.randomness import IntArray, pick, stream
from sources.synthetic.people.population import CityPlan
from sources.synthetic.writing.calendar import Period, dates, draw_days, moments, seconds, serials
from sources.synthetic.writing.dirt import Dirt
from sources.synthetic.writing.entry import PERSONAL, enter, turned_up
from sources.synthetic.writing.faults import Fault
from sources.synthetic.writing.presence import frequency, turn_up

FIELDS = (
    "id", "data_hora", "canal", "telefon_origen", *PERSONAL, "idioma", "motiu", "tramit", "informacio_promesa",
    "oficina", "temps_espera_s", "durada_s", "resultat", "consentiment_integracio", "consentiment_comunicacions",
    "consentiment_enquestes", "versio_text",
)  # fmt: skip
_PROMISED = 0.3
_PURPOSES = {"consentiment_integracio": "integration", "consentiment_comunicacions": "communications"}
_SURVEYS = "consentiment_enquestes"
_OFFICES = ("OAC-PLSTMIQUEL", *(f"OAC-{number:02d}" for number in range(1, 11)))
_SUBJECTS = {"INFO": 38, "TRAMIT": 22, "CITA": 10, "PADRO": 12, "TRIBUTS": 7, "MULTES": 4, "QUEIXA": 5, "CIVISME": 2}
_PROCEDURES = {
    "PADRO": {"CERT_EMPADRONAMENT": 60, "ALTA_PADRO": 22, "CANVI_DOMICILI": 18},
    "TRIBUTS": {"DOMICILIACIO_IBI": 60, "BONIF_IVTM": 40},
    "TRAMIT": {"TARGETA_ROSA": 30, "LLAR_INFANTS": 15, "RECOLLIDA_MOBLES": 55},
}
_ASKED_FROM_AGE = 16
FAULTS: dict[str, Fault] = {
    "unknown_code:motiu": {"motiu": pl.lit("INFORMACIO")},
    "bad_date:data_naixement": {
        "data_naixement": pl.when(pl.col("data_naixement").is_not_null())
        .then(pl.col("data_naixement").str.slice(0, 4) + "-02-30")
        .otherwise("data_naixement")
    },
    "bad_json": {},
}


def attentions(plan: CityPlan, city: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The attentions of a period, with person, channel, is_mention and error_types beside the fields of the file."""
    rng = stream(plan.seed, "atencions", period.name)
    channel, days, moment = _turns(plan, rng, period)
    size = len(days)
    frame = _contacts(rng, channel).with_columns(
        id=pl.lit("AT") + pl.lit(dates(plan, days)).dt.strftime("%Y%m%d") + "-" + pl.lit(serials(days, 7)),
        data_hora=moments(plan, days, moment),
        is_identified=pl.Series(rng.random(size) >= plan.rates["attentions"]["without_document"]),
        idioma=pick(rng, {"ca": 50, "es": 44, "en": 6}, size),
    )
    is_named = frame["is_identified"] | pl.Series(
        rng.random(size) >= plan.rates["attentions"]["without_any_personal_data"]
    )
    named, others = frame.filter(is_named).drop("idioma"), frame.filter(~is_named)
    del frame
    who = _attended(plan, rng, city, days[is_named.to_numpy()])
    people = _written(plan, rng, pl.concat([named, who], how="horizontal"))
    people = _asked_for_surveys(plan, stream(plan.seed, "survey consents", period.name), people)
    return pl.concat([people, others], how="diagonal").sort("id")


def encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    """The file's bytes: one object per line, null for missing values; broken lines end in the middle."""
    return json_lines(frame.select(FIELDS), frame["refused"] == "bad_json")


def _turns(plan: CityPlan, rng: np.random.Generator, period: Period) -> tuple[pl.Series, IntArray, IntArray]:
    """Channel, day and second of each attention, in the order of time: each channel has a rhythm of its own."""
    shares = plan.rates["attention_channels"]
    turns = []
    for name, share in shares.items():
        rhythm = "counter" if name == "OAC" else "telephone"
        often = plan.rates["attentions"]["yearly_per_person"] * share / sum(shares.values())
        days = draw_days(plan, rng, period, often, rhythm)
        moment = seconds(plan, rng, rhythm, len(days))
        turns.append(pl.DataFrame({"days": days, "moment": moment}).with_columns(channel=pl.lit(name)))
    attended = pl.concat(turns).sort("days", "moment", "channel", maintain_order=True)
    return attended["channel"], attended["days"].to_numpy(), attended["moment"].to_numpy()


def _attended(plan: CityPlan, rng: np.random.Generator, city: pl.DataFrame, days: IntArray) -> pl.DataFrame:
    """Draw the people who come: some come often; a parent comes for a child."""
    by_age = np.interp(city["age"].to_numpy(), [0, 13, 18, 35, 65, 85, 100], [0.3, 0.2, 0.6, 1.2, 1.1, 0.7, 0.2])
    person = turn_up(rng, city, frequency(plan, "atencions", city) * by_age, days, youngest=0)
    return turned_up(city, person, days)


def _contacts(rng: np.random.Generator, channel: pl.Series) -> pl.DataFrame:
    """The fields without data of the person: channel, reason, procedure, office, times, outcome."""
    size = len(channel)
    subject = pick(rng, _SUBJECTS, size)
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, size)
    procedure = nothing
    for name, choices in _PROCEDURES.items():
        procedure = pick(rng, choices, size).zip_with(subject == name, procedure)
    office = pl.Series(_OFFICES).gather(rng.integers(0, len(_OFFICES), size))
    is_counter = channel == "OAC"
    promised = pl.Series(np.where(rng.random(size) < _PROMISED, "S", "N"))
    wait = rng.exponential(1.0, size) * np.where(is_counter, 780, 55)
    return pl.DataFrame(
        {
            "canal": channel,
            "channel": pl.Series(["phone", "counter"]).gather(is_counter.cast(pl.Int64)),
            "motiu": subject,
            "tramit": procedure,
            "informacio_promesa": promised.zip_with(procedure.is_not_null(), nothing),
            "oficina": office.zip_with(is_counter, nothing),
            "temps_espera_s": wait.astype(np.int64),
            "durada_s": np.maximum(20, rng.gamma(2.2, 120, size)).astype(np.int64),
            "resultat": pick(rng, {"RESOLT": 80, "DERIVAT": 11, "PENDENT": 6, "ABANDONAT": 3}, size),
        }
    )


def _written(plan: CityPlan, rng: np.random.Generator, named: pl.DataFrame) -> pl.DataFrame:
    """The data that people leave, with errors, their telephone number and their consents."""
    dirt = Dirt(named.with_columns(is_named=pl.lit(True)), rng, plan.rates)
    own = pl.when(dirt.draw(0.8)).then("phone").otherwise("landline")
    dirt.frame = dirt.frame.with_columns(telefon_origen=pl.when(pl.col("channel") == "phone").then(own))
    consented = _consents(dirt)
    is_mention = pl.any_horizontal(pl.col("nom", "document", "email", "telefon").is_not_null())
    rows = enter(dirt).with_columns(consented).with_columns(is_mention=is_mention)
    version = pl.col("data_hora").str.slice(0, 4) + "-1-" + pl.col("language")
    was_asked = pl.any_horizontal(pl.col(*_PURPOSES).is_not_null())
    rows = rows.with_columns(versio_text=pl.when(was_asked).then(version))
    others = [name for name in FIELDS if name != _SURVEYS]
    return rows.select("person", "channel", "is_mention", "error_types", *others)


def _asked_for_surveys(plan: CityPlan, rng: np.random.Generator, rows: pl.DataFrame) -> pl.DataFrame:
    """The consent to surveys, asked of those who answered about another purpose."""
    rates = plan.rates["consents"]
    given, refused = rates["surveys_given"], rates["surveys_refused"]
    answer = pick(rng, {"S": given, "N": refused, "": 1 - given - refused}, rows.height)
    was_asked = pl.any_horizontal(pl.col(*_PURPOSES).is_not_null()) & pl.lit(answer != "")
    return rows.with_columns(pl.when(was_asked).then(pl.lit(answer)).alias(_SURVEYS))


def _consents(dirt: Dirt) -> list[pl.Expr]:
    """Consents, asked at some attentions of people who have shown a document and are old enough."""
    rates = dirt.rates["consents"]
    asked = (
        pl.col("true_document").is_not_null()
        & pl.col("document").is_not_null()
        & (pl.col("age") >= _ASKED_FROM_AGE)
        & dirt.draw(rates["asked"])
    )
    answers = []
    for column, purpose in _PURPOSES.items():
        given, refused = rates[f"{purpose}_given"], rates[f"{purpose}_refused"]
        answer = dirt.kinds({"S": given, "N": refused})
        answers.append(pl.when(asked & (answer != "")).then(answer.cast(pl.String)).alias(column))
    return answers

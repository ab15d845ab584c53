"""Procedures of the web portal, as XML: delivered on the day they begin and again on the day they end.

Who proves who they are is named by the certificate; who does not types in what comes to mind (`entry.py`).
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from sources.synthetic.base.encoding import lines
from sources.synthetic.base.randomness import IntArray, pick, stream
from sources.synthetic.people.organisations import as_of
from sources.synthetic.people.population import CityPlan
from sources.synthetic.writing.calendar import Period, dates, draw_days, moments, seconds, serials
from sources.synthetic.writing.dirt import Dirt
from sources.synthetic.writing.entry import enter, turned_up
from sources.synthetic.writing.faults import Fault
from sources.synthetic.writing.presence import frequency, turn_up

# Elements by the contract's path; `interessat` is asked for, `tramit` comes from the catalogue.
_PATHS = {
    "num_expedient": "numExpedient", "stpid": "tramit/stpid", "nom_tramit": "tramit/nom", "perfil": "interessat/perfil",
    "nif": "interessat/identitat", "nom": "interessat/nom", "cognom_1": "interessat/cognom1",
    "cognom_2": "interessat/cognom2", "rao_social": "interessat/raoSocial", "email": "interessat/email",
    "mobil": "interessat/mobil", "nivell_autenticacio": "nivellAutenticacio", "canal": "canal",
    "data_inici": "dataInici", "data_fi": "dataFi", "estat": "estat",
}  # fmt: skip
_CATALOGUE = {
    ("19980001283", "Volant d'empadronament"): 40, ("20070000118", "Canvi de domicili"): 18,
    ("20150001530", "Queixa o suggeriment"): 10, ("20110000935", "Targeta rosa"): 12,
    ("20190001871", "Ajut a la rehabilitació"): 6, ("20060000412", "Inscripció a escoles bressol"): 14,
}  # fmt: skip
_LEVELS = {"IDCAT_MOBIL": 55, "CLAVE": 18, "CERTIFICAT": 12, "REGISTRE_CIUTADA": 5, "CAP": 10}
_ASKED = ("nom", "cognom_1", "cognom_2", "email", "telefon")
_LONGEST_DAYS = 30
_PART_ROWS = 100_000
_ORGANISATIONS = 0.08
FAULTS: dict[str, Fault] = {
    "unknown_code:canal": {"canal": pl.lit("MOBIL")},
    "bad_date:data_inici": {"data_inici": pl.col("data_inici").str.replace("-[0-9]{2}-[0-9]{2}T", "-00-00T")},
}
_NAMESPACE = "urn:bcn:tramits:1"
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def begun(plan: CityPlan, city: pl.DataFrame, organisations: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The procedures begun in a period, with the fields of the file and ended_on, the day on which each will end.

    They also have person, channel and error_types, or organisation and organisation_errors.
    """
    rng = stream(plan.seed, "tramits", period.name)
    days = draw_days(plan, rng, period, plan.rates["procedures"]["yearly_per_person"], "web")
    size = len(days)
    person = turn_up(rng, city, frequency(plan, "tramits", city), days)
    people = turned_up(city, person, days).with_columns(
        is_identified=pl.lit(True), is_named=pl.lit(True), channel=pl.lit("web"), level=pick(rng, _LEVELS, size)
    )
    typed = _typed(Dirt(people, rng, plan.rates))
    frame = pl.concat([_matters(plan, rng, days), typed], how="horizontal")
    return _of_organisations(rng, frame.with_columns(begun_day=days), organisations).drop("begun_day")


def as_delivered(procedures: pl.DataFrame) -> pl.DataFrame:
    """The procedures with their current state, by is_ended."""
    ended = pl.when("is_ended")
    return procedures.with_columns(
        data_fi=ended.then(pl.col("ended_on").dt.strftime("%Y-%m-%dT12:00:00")),
        estat=ended.then("outcome").otherwise(pl.lit("EN_TRAMIT")),
    ).sort("num_expedient")


def encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    """The file's bytes: a record a line."""
    groups: dict[str, list[pl.Expr]] = {}
    for field, path in _PATHS.items():
        group, _, name = path.rpartition("/")
        text = pl.col(field).str.replace_many(_ESCAPED)
        element = pl.concat_str([pl.lit(f"<{name}>"), text, pl.lit(f"</{name}>")]).fill_null("")
        groups.setdefault(group, []).append(element)
    parts = [
        pl.concat_str([pl.lit(f"<{group}>"), *elements, pl.lit(f"</{group}>")]) if group else pl.concat_str(elements)
        for group, elements in groups.items()
    ]
    record = pl.concat_str([pl.lit("<expedient>"), *parts, pl.lit("</expedient>")])
    yield f"<?xml version='1.0' encoding='UTF-8'?>\n<expedients xmlns=\"{_NAMESPACE}\">\n".encode()
    for part in frame.iter_slices(_PART_ROWS):
        yield from lines(part.select(record).to_series(), "utf-8", end="\n")
    yield b"</expedients>\n"


def _matters(plan: CityPlan, rng: np.random.Generator, days: IntArray) -> pl.DataFrame:
    size = len(days)
    catalogue = pl.DataFrame(list(_CATALOGUE), orient="row", schema=["stpid", "nom_tramit"])
    kinds = pick(rng, {str(place): weight for place, weight in enumerate(_CATALOGUE.values())}, size)
    matter = catalogue[kinds.cast(pl.Int64).to_numpy()]
    return matter.with_columns(
        num_expedient=dates(plan, days).dt.strftime("%Y%m%d") + "T" + serials(days, 1),
        ended_on=dates(plan, days + rng.integers(0, _LONGEST_DAYS, size)),
        data_inici=moments(plan, days, seconds(plan, rng, "web", size)),
        canal=pick(rng, {"WEB": 80, "APP": 15, "KIOSK": 5}, size),
        outcome=pick(rng, {"RESOLT": 85, "DENEGAT": 6, "ARXIVAT": 9}, size),
    )


def _typed(dirt: Dirt) -> pl.DataFrame:
    """The applicant: from the certificate, or as typed."""
    frame = enter(dirt, _ASKED)
    proven = pl.col("level") != "CAP"
    certified = {"nom": "given_name", "cognom_1": "surname_1", "cognom_2": "surname_2"}
    names = {
        name: pl.when(proven).then(pl.col(true).str.to_uppercase()).otherwise(name) for name, true in certified.items()
    }
    return frame.select(
        "person",
        error_types=pl.when(proven).then(pl.lit([], dtype=pl.List(pl.String))).otherwise("error_types"),
        channel=pl.when(proven).then(pl.lit("register")).otherwise(pl.lit("web")),
        perfil=pl.lit("CIUTADA"),
        nif=pl.when(proven).then("true_document").otherwise("document"),
        email="email",
        mobil=pl.when(pl.col("telefon").str.contains(r"^(\+34 )?[67]")).then("telefon"),
        nivell_autenticacio="level",
        **names,
    )


def _of_organisations(rng: np.random.Generator, frame: pl.DataFrame, organisations: pl.DataFrame) -> pl.DataFrame:
    """Replace the person of some procedures by a company or an entity, with the values of its certificate."""
    is_theirs = pl.Series(rng.random(frame.height) < _ORGANISATIONS)
    drawn = organisations[rng.integers(0, organisations.height, int(is_theirs.sum()))]
    who = as_of(drawn.with_columns(frame.filter(is_theirs)["begun_day"]), "begun_day").select(
        "nif", "email", "organisation",
        rao_social=pl.col("legal_name").str.to_uppercase(),
        perfil=pl.lit("EMPRESA"),
        nivell_autenticacio=pl.lit("CERTIFICAT"),
        channel=pl.lit("register"),
        organisation_errors=pl.lit([], dtype=pl.List(pl.String)),
    )  # fmt: skip
    personal = ("person", "nom", "cognom_1", "cognom_2", "mobil", "error_types")
    theirs = frame.filter(is_theirs).drop(*personal, *who.columns, strict=False)
    return pl.concat([frame.filter(~is_theirs), pl.concat([theirs, who], how="horizontal")], how="diagonal")

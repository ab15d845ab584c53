"""Procedures of the web portal, as XML: delivered on the day they begin and again on the day they end.

Who proves who they are is named by the certificate; who does not types in what comes to mind (`entry.py`).
"""

from datetime import date, timedelta

import numpy as np
import polars as pl
from lxml import etree

from sources.synthetic.as_of import who_as_of
from sources.synthetic.dirt import Dirt
from sources.synthetic.draws import stream
from sources.synthetic.entry import enter
from sources.synthetic.organisations import as_of
from sources.synthetic.people import CityPlan
from sources.synthetic.presence import adults, pick

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
_FIRST_DAYS = 20
_LONGEST_DAYS = 30
_ORGANISATIONS = 0.08


def procedures(plan: CityPlan, city: pl.DataFrame, organisations: pl.DataFrame, day: date) -> pl.DataFrame:
    """The procedures begun or ended on a day, with the fields of the file.

    Beside them person and error_types, or organisation and organisation_errors.
    """
    is_first = day == plan.start
    days = (day - timedelta(days=ago) for ago in range(_FIRST_DAYS if is_first else _LONGEST_DAYS + 1))
    frame = pl.concat([_begun(plan, city, organisations, one) for one in days], how="diagonal_relaxed")
    if not is_first:
        frame = frame.filter((pl.col("begun_on") == day) | (pl.col("ended_on") == day))
    ended = pl.when(pl.col("ended_on") <= day)
    return frame.with_columns(
        data_fi=ended.then(pl.col("ended_on").dt.strftime("%Y-%m-%dT12:00:00")),
        estat=ended.then("outcome").otherwise(pl.lit("EN_TRAMIT")),
    ).sort("num_expedient")


def encoded(frame: pl.DataFrame) -> bytes:
    """The file's bytes."""
    root = etree.Element("{urn:bcn:tramits:1}expedients", nsmap={None: "urn:bcn:tramits:1"})
    for row in frame.select(*_PATHS).iter_rows(named=True):
        record = etree.SubElement(root, "{urn:bcn:tramits:1}expedient")
        groups: dict[str, etree._Element] = {"": record}
        for field, path in _PATHS.items():
            group, _, name = path.rpartition("/")
            if row[field] is not None:
                if group not in groups:
                    groups[group] = etree.SubElement(record, f"{{urn:bcn:tramits:1}}{group}")
                etree.SubElement(groups[group], f"{{urn:bcn:tramits:1}}{name}").text = row[field]
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _begun(plan: CityPlan, city: pl.DataFrame, organisations: pl.DataFrame, day: date) -> pl.DataFrame:
    rng = stream(plan.seed, "tramits", day.isoformat())
    size = max(1, round(plan.rates["procedures"]["daily_per_person"] * plan.population))
    today = (day - plan.start).days
    people = city[adults(plan.seed, "tramits", city, size, today)].with_columns(
        is_identified=pl.lit(True), is_named=pl.lit(True), attended_day=pl.lit(today, dtype=pl.Int64),
        canal=pl.lit("OAC"), level=pick(rng, _LEVELS, size),
    )  # fmt: skip
    whole = pl.concat([_matters(rng, size, day), _typed(Dirt(people, rng, plan.rates), city)], how="horizontal")
    return _of_organisations(plan, rng, whole, organisations)


def _matters(rng: np.random.Generator, size: int, day: date) -> pl.DataFrame:
    catalogue = pl.DataFrame(list(_CATALOGUE), orient="row", schema=["stpid", "nom_tramit"])
    kinds = pick(rng, {str(place): weight for place, weight in enumerate(_CATALOGUE.values())}, size)
    days = rng.integers(0, _LONGEST_DAYS, size)
    seconds = rng.integers(0, 86_399, size)
    matter = catalogue[kinds.cast(pl.Int64).to_numpy()]
    return matter.with_columns(
        num_expedient=pl.format("{}T{}", pl.lit(f"{day:%Y%m%d}"), pl.int_range(1, size + 1).cast(pl.String)),
        begun_on=pl.lit(day),
        ended_on=pl.lit(day) + pl.duration(days=pl.lit(pl.Series(days))),
        data_inici=(pl.lit(day).cast(pl.Datetime) + pl.duration(seconds=pl.lit(pl.Series(seconds)))).dt.strftime(
            "%Y-%m-%dT%H:%M:%S"
        ),
        canal=pick(rng, {"WEB": 80, "APP": 15, "KIOSK": 5}, size),
        outcome=pick(rng, {"RESOLT": 85, "DENEGAT": 6, "ARXIVAT": 9}, size),
    )


def _typed(dirt: Dirt, city: pl.DataFrame) -> pl.DataFrame:
    """Who begins it: as the certificate says, or as it was typed."""
    proven = pl.col("level") != "CAP"
    true = who_as_of(dirt.frame, "attended_day").select("given_name", "surname_1", "surname_2", "document")
    frame = pl.concat([enter(dirt, city), true.rename(lambda name: f"{name}_true")], how="horizontal")
    certified = {"nom": "given_name_true", "cognom_1": "surname_1_true", "cognom_2": "surname_2_true"}
    names = {
        name: pl.when(proven).then(pl.col(true).str.to_uppercase()).otherwise(name) for name, true in certified.items()
    }
    return frame.select(
        "person",
        error_types=pl.when(proven).then(pl.lit([], dtype=pl.List(pl.String))).otherwise("error_types"),
        perfil=pl.lit("CIUTADA"),
        nif=pl.when(proven).then("document_true").otherwise("document"),
        email="email",
        mobil=pl.when(pl.col("telefon").str.contains(r"^(\+34 )?[67]")).then("telefon"),
        nivell_autenticacio="level",
        **names,
    )


def _of_organisations(
    plan: CityPlan, rng: np.random.Generator, frame: pl.DataFrame, organisations: pl.DataFrame
) -> pl.DataFrame:
    """Some are a company's or an entity's: their person gives way to it."""
    is_theirs = pl.Series(rng.random(frame.height) < _ORGANISATIONS)
    today = (frame["begun_on"] - plan.start).dt.total_days().alias("day")
    who = organisations[rng.integers(0, organisations.height, frame.height)].with_columns(today)
    who = as_of(who, "day")
    theirs = pl.when(pl.lit(is_theirs))
    personal = ("person", "nom", "cognom_1", "cognom_2", "mobil")
    return frame.with_columns(
        perfil=theirs.then(pl.lit("EMPRESA")).otherwise("perfil"),
        # As the certificate says.
        nif=theirs.then(pl.lit(who["nif"])).otherwise("nif"),
        rao_social=theirs.then(pl.lit(who["legal_name"].str.to_uppercase())),
        email=theirs.then(pl.lit(who["email"])).otherwise("email"),
        nivell_autenticacio=theirs.then(pl.lit("CERTIFICAT")).otherwise("nivell_autenticacio"),
        organisation=theirs.then(pl.lit(who["organisation"])),
        organisation_errors=theirs.then(pl.lit([], dtype=pl.List(pl.String))),
        **{name: theirs.then(None).otherwise(name) for name in personal},
    )

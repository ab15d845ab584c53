"""Cards of IRIS: complaints, incidents, queries and suggestions, as CSV with the council's own labels and their drift.

A card is delivered on the day it is opened and again on the day it is closed; its applicant is written down as in an
attention (`entry.py`), asked for less.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl

from sources.synthetic.dirt import Dirt
from sources.synthetic.draws import IntArray, stream, table, weighted
from sources.synthetic.entry import enter
from sources.synthetic.organisations import as_of, as_written
from sources.synthetic.people import CityPlan

FIELDS = (
    "fitxa_id", "codi_iris", "tipus", "area", "element", "detall", "dia_data_alta", "mes_data_alta", "any_data_alta",
    "dia_data_tancament", "mes_data_tancament", "any_data_tancament", "codi_districte", "districte", "codi_barri",
    "barri", "seccio_censal", "tipus_via", "carrer", "numero", "coordenada_x", "coordenada_y", "longitud", "latitud",
    "suport", "canals_resposta", "estat", "sollicitant", "nom", "cognom_1", "cognom_2", "tipus_document", "document",
    "any_naixement", "sexe", "idioma", "rao_social", "contacte", "cif", "telefon", "mobil", "email", "carrer_resposta",
    "numero_resposta", "codi_postal_resposta", "autoritzacio",
)  # fmt: skip
# Counts of 2025; the English labels are of the same cards, since late in that year.
_TYPES = {"INCIDENCIA": 172, "CONSULTA": 44, "QUEIXA": 37, "SUGGERIMENT": 20, "PETICIO DE SERVEI": 14, "AGRAIMENT": 2}
_ENGLISH = {
    "INCIDENCIA": "ISSUE", "CONSULTA": "QUERY", "QUEIXA": "COMPLAINT", "SUGGERIMENT": "SUGGESTION",
    "PETICIO DE SERVEI": "SERVICE REQUEST", "AGRAIMENT": "AGRAIMENT",
}  # fmt: skip
_SUPPORTS = {
    "MÒBIL": 104136, "WEB": 86958, "TELÈFON": 76719, "RECLAMACIÓ INTERNA": 9848, "INSTÀNCIA TELEMÀTICA": 5168,
    "INSTÀNCIA": 2107, "FULLS QUEIXES I SUGGERIMENTS": 1352, "ALTRES SUPORTS": 350, "AUDIÈNCIA PÚBLICA": 281,
    "CONSELL DE BARRI": 172,
}  # fmt: skip
_ANSWERS = {"EMAIL": 62, "SMS": 12, "NO VOL RESPOSTA": 14, "TELÈFON": 8, "CARTA": 2, "LETTER": 1, "IMMEDIATA": 1}
_MATTERS = {
    ("Recollida i neteja de l'espai urbà", "Neteja de l'espai públic", "Objectes a netejar / retirar"): 90030,
    ("Manteniment de l'espai urbà", "Voreres", "Vorera incidències"): 70675,
    ("Portal de tràmits", "Relacions amb l'Ajuntament", "Espai personal"): 29914,
    ("Informació, tràmits i atenció al ciutadà", "Relacions amb l'Ajuntament", "Portal de tràmits"): 17890,
    ("Mobilitat", 'Senyalització, "zona verda"', "Senyals incidències"): 13948,
    ("Prevenció i seguretat", "Pintades / cartells / pancartes", "Netejar pintada"): 13096,
}
_CONSONANTS = np.array(list("BCDFGHJKLMNPQRSTVWXYZ"))
_TYPES_OF_DOCUMENT = {"DNI": "0", "NIE": "1", "PASSAPORT": "2"}
_DISTRICTS = {
    "01": "Ciutat Vella", "02": "Eixample", "03": "Sants-Montjuïc", "04": "Les Corts", "05": "Sarrià-Sant Gervasi",
    "06": "Gràcia", "07": "Horta-Guinardó", "08": "Nou Barris", "09": "Sant Andreu", "10": "Sant Martí",
}  # fmt: skip
# What a card of a company or an entity does not say.
_PERSONAL = (
    "nom", "cognom_1", "cognom_2", "tipus_document", "document", "any_naixement", "sexe", "email", "telefon", "mobil",
)  # fmt: skip
_SHARE_IN_ENGLISH = 0.25
_SHARE_WITH_PLACE = 0.69
_SHARE_WITH_SECTION = 0.33
_SATURDAY = 5
_FIRST_DAY = date(2020, 1, 1)
_BACKLOG_DAYS = 60
_LONGEST_DAYS = 40
_CLOSED, _OPEN = "4", "2"


def cards(plan: CityPlan, city: pl.DataFrame, organisations: pl.DataFrame, day: date) -> pl.DataFrame:
    """The cards opened or closed on a day, with whose they are and what went wrong beside the fields of the file.

    That is person, is_mention and error_types, and of a company or entity organisation and organisation_errors.
    """
    is_first = day == plan.start
    days = (day - timedelta(days=ago) for ago in range(_BACKLOG_DAYS if is_first else _LONGEST_DAYS + 1))
    frame = pl.concat([_opened(plan, city, organisations, one) for one in days])
    if not is_first:
        frame = frame.filter((pl.col("opened_on") == day) | (pl.col("closed_on") == day))
    closed = pl.when(pl.col("closed_on") <= day)
    closing = {"dia_data_tancament": "%d", "mes_data_tancament": "%m", "any_data_tancament": "%Y"}
    return frame.with_columns(
        estat=closed.then(pl.lit(_CLOSED)).otherwise(pl.lit(_OPEN)),
        **{name: closed.then(pl.col("closed_on").dt.strftime(pattern)) for name, pattern in closing.items()},
    ).sort("fitxa_id")


def encoded(frame: pl.DataFrame) -> bytes:
    """The file's bytes: a header in capitals, every value quoted."""
    return frame.select(FIELDS).rename(str.upper).write_csv(quote_style="always").encode("utf-8")


def _opened(plan: CityPlan, city: pl.DataFrame, organisations: pl.DataFrame, day: date) -> pl.DataFrame:
    """The cards opened on a day, drawn from a stream of their own, so that they close as they were opened."""
    rng = stream(plan.seed, "iris", day.isoformat())
    rates = plan.rates["cards"]
    rhythm = rates["weekend"] if day.weekday() >= _SATURDAY else rates["weekday"]
    size = max(1, round(rates["daily_per_person"] * rhythm * plan.population))
    today = (day - plan.start).days
    told = rng.random(size)
    applicants = city[_applicants(plan, rng, city, size, today)].with_columns(
        is_identified=pl.Series(told < rates["with_document"]),
        is_named=pl.Series(told < rates["with_document"] + rates["with_name"]),
        attended_day=pl.lit(today, dtype=pl.Int64),
        # None of these was rung up from the applicant's telephone.
        canal=pl.lit("OAC"),
    )
    written = _written(Dirt(applicants, rng, plan.rates), city)
    whole = pl.concat([_matters(rng, city, size, day), written], how="horizontal")
    return _of_organisations(plan, whole, organisations, day)


def _of_organisations(plan: CityPlan, frame: pl.DataFrame, organisations: pl.DataFrame, day: date) -> pl.DataFrame:
    """A few cards are a company's or an entity's: their applicant gives way to it."""
    rng = stream(plan.seed, "cards of organisations", day.isoformat())
    is_theirs = pl.Series(rng.random(frame.height) < plan.rates["organisations"]["of_cards"])
    who = as_of(organisations[rng.integers(0, organisations.height, frame.height)], (day - plan.start).days)
    told = as_written(Dirt(who, rng, plan.rates)).with_columns(
        organisation=who["organisation"],
        sollicitant=pl.lit("E"),
        carrer_resposta=who["name"],
        numero_resposta=who["number"].cast(pl.String),
        codi_postal_resposta=who["postcode"],
        is_mention=pl.lit(False),
    )
    theirs = pl.when(is_theirs)
    before = {name: pl.col(name) if name in frame.columns else pl.lit(None) for name in told.columns}
    return frame.with_columns(
        *(theirs.then(pl.lit(told[name])).otherwise(column).alias(name) for name, column in before.items()),
        *(theirs.then(None).otherwise(pl.col(name)).alias(name) for name in (*_PERSONAL, "person")),
    )


def _applicants(plan: CityPlan, rng: np.random.Generator, city: pl.DataFrame, size: int, today: int) -> IntArray:
    """Adults; some write often."""
    often = stream(plan.seed, "who complains").gamma(0.4, 1.0, city.height)
    by_age = np.interp(city["age"].to_numpy(), [0, 15.9, 16, 30, 55, 75, 95], [0, 0, 0.3, 1.0, 1.3, 0.8, 0.1])
    is_here = (pl.col("entry_day") <= today) & (pl.col("exit_day").fill_null(10**6) > today)
    return weighted(rng, often * by_age * city.select(is_here).to_series().to_numpy(), size)


def _matters(rng: np.random.Generator, city: pl.DataFrame, size: int, day: date) -> pl.DataFrame:
    """What says nothing of the applicant: number, type, matter, place, dates, how it came and is to be answered."""
    kind = pl.Series(list(_TYPES)).gather(weighted(rng, list(_TYPES.values()), size))
    english = pl.Series(rng.random(size) < _SHARE_IN_ENGLISH)
    matters = pl.DataFrame(list(_MATTERS), orient="row", schema=["area", "element", "detall"])
    days = np.minimum(rng.lognormal(np.log(4), 1.3, size), _LONGEST_DAYS).astype(np.int64)
    frame = pl.DataFrame(
        {
            "fitxa_id": f"{(day - _FIRST_DAY).days:04d}"
            + pl.Series(np.arange(1, size + 1)).cast(pl.String).str.zfill(4),
            "codi_iris": _codes(rng, size),
            "tipus": kind.zip_with(~english, kind.replace_strict(_ENGLISH)),
            "suport": pl.Series(list(_SUPPORTS)).gather(weighted(rng, list(_SUPPORTS.values()), size)),
            "canals_resposta": pl.Series(list(_ANSWERS)).gather(weighted(rng, list(_ANSWERS.values()), size)),
            "opened_on": pl.Series([day]).new_from_index(0, size),
            "dia_data_alta": pl.Series([f"{day:%d}"]).new_from_index(0, size),
            "mes_data_alta": pl.Series([f"{day:%m}"]).new_from_index(0, size),
            "any_data_alta": pl.Series([f"{day:%Y}"]).new_from_index(0, size),
        }
    ).with_columns(closed_on=pl.col("opened_on") + pl.duration(days=pl.lit(pl.Series(days))))
    matter = matters[weighted(rng, list(_MATTERS.values()), size)]
    return pl.concat([frame, matter, _places(rng, city, size)], how="horizontal")


def _places(rng: np.random.Generator, city: pl.DataFrame, size: int) -> pl.DataFrame:
    """Somewhere in the city, or nowhere; the section is often left out."""
    barris = dict(table("barris").select("barri", "name").iter_rows())
    place = city[rng.integers(0, city.height, size)]
    has_place, has_section = (pl.Series(rng.random(size) < share) for share in (_SHARE_WITH_PLACE, _SHARE_WITH_SECTION))
    told = place.select(
        codi_districte="district",
        districte=pl.col("district").replace_strict(_DISTRICTS),
        codi_barri="address_barri",
        barri=pl.col("address_barri").replace_strict(barris),
        seccio_censal=pl.when(has_section).then("section"),
        tipus_via=pl.col("type_ca").str.to_uppercase(),
        carrer=pl.col("name"),
        numero=pl.col("number").cast(pl.String).str.zfill(4),
        coordenada_x=pl.col("x").round(2).cast(pl.String),
        coordenada_y=pl.col("y").round(2).cast(pl.String),
    )
    nothing = pl.lit(None, dtype=pl.String)
    placed = told.select(pl.when(has_place).then(pl.all()))
    # Degrees are left to whoever needs them: the metres are exact.
    return placed.with_columns(longitud=nothing, latitud=nothing)


def _codes(rng: np.random.Generator, size: int) -> pl.Series:
    letters = ["".join(row) for row in rng.choice(_CONSONANTS, (size, 3))]
    return pl.Series(letters, dtype=pl.String) + pl.Series(rng.integers(0, 10_000, size)).cast(pl.String).str.zfill(4)


def _written(dirt: Dirt, city: pl.DataFrame) -> pl.DataFrame:
    """The applicant as the card has it."""
    frame = enter(dirt, city)
    filler = pl.when(pl.lit(dirt.draw(0.5))).then(pl.lit("ND")).otherwise(pl.lit("NDD"))
    is_undocumented = pl.col("is_named") & pl.col("document").is_null() & pl.lit(dirt.draw(0.6))
    is_mobile = pl.col("telefon").str.contains(r"^(\+34 )?[67]")
    is_told = pl.any_horizontal(pl.col("nom", "document", "email", "telefon").is_not_null())
    nothing = pl.lit(None, dtype=pl.String)
    return frame.select(
        "person", "error_types", "nom", "cognom_1", "cognom_2", "email", "idioma",
        is_mention=is_told,
        sollicitant=pl.when(is_told).then(pl.lit("C")).otherwise(pl.lit("A")),
        tipus_document=pl.col("tipus_document").replace_strict(_TYPES_OF_DOCUMENT, default=None),
        document=pl.when(is_undocumented).then(filler).otherwise("document"),
        any_naixement=pl.col("data_naixement").str.slice(0, 4),
        sexe=pl.col("sexe").replace_strict({"H": "m", "D": "f"}, default="u"),
        telefon=pl.when(~is_mobile).then("telefon"),
        mobil=pl.when(is_mobile).then("telefon"),
        carrer_resposta="adreca",
        numero_resposta="numero",
        codi_postal_resposta="codi_postal",
        autoritzacio=pl.when(pl.lit(dirt.draw(0.7))).then(pl.lit("S")).otherwise(pl.lit("N")),
        contacte=nothing,
    )  # fmt: skip

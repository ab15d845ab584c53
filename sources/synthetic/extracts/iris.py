"""Cards of IRIS: complaints, incidents, queries and suggestions, as CSV with the council's own labels and their drift.

A card is delivered on the day it is opened and again on the day it is closed; its applicant is written down as in an
attention (`entry.py`), asked for less.
"""

from collections.abc import Iterator
from datetime import date

import numpy as np
import polars as pl

from sources.synthetic.base.encoding import delimited
from sources.synthetic.base.randomness import IntArray, pick, stream, table, weighted
from sources.synthetic.people.organisations import as_of
from sources.synthetic.people.population import CityPlan
from sources.synthetic.writing.calendar import Period, dates, draw_days, serials
from sources.synthetic.writing.dirt import Dirt
from sources.synthetic.writing.entry import enter, turned_up
from sources.synthetic.writing.faults import Fault
from sources.synthetic.writing.organisation_entry import as_written
from sources.synthetic.writing.presence import frequency, turn_up

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
# Fields that are empty in a card of a company or an entity.
_PERSONAL = (
    "nom", "cognom_1", "cognom_2", "tipus_document", "document", "any_naixement", "sexe", "email", "telefon", "mobil",
)  # fmt: skip
_SHARE_IN_ENGLISH = 0.25
_SHARE_WITH_PLACE = 0.69
_SHARE_WITH_SECTION = 0.33
_FIRST_DAY = date(2020, 1, 1)
_LONGEST_DAYS = 40
_CLOSED, _OPEN = "4", "2"
FAULTS: dict[str, Fault] = {
    "unknown_code:tipus": {"tipus": pl.lit("FELICITACIO")},
    "bad_date:data_alta": {"dia_data_alta": pl.lit("31"), "mes_data_alta": pl.lit("02")},
}
_ON_PAPER = ("INSTÀNCIA", "FULLS QUEIXES I SUGGERIMENTS", "ALTRES SUPORTS", "AUDIÈNCIA PÚBLICA", "CONSELL DE BARRI")


def opened(plan: CityPlan, city: pl.DataFrame, organisations: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The cards opened in a period, with the fields of the file and the truth.

    The truth is person, channel, is_mention and error_types, or organisation and organisation_errors. ended_on is the
    day on which a card is closed.
    """
    rng = stream(plan.seed, "iris", period.name)
    days = draw_days(plan, rng, period, plan.rates["cards"]["yearly_per_person"], "cards")
    matters = _matters(plan, rng, city, days)
    written = _applicants(plan, rng, city, days, matters["suport"])
    frame = pl.concat([matters, written], how="horizontal")
    return _of_organisations(plan, rng, frame.with_columns(opened_day=days), organisations).drop("opened_day")


def as_delivered(cards: pl.DataFrame) -> pl.DataFrame:
    """The cards with their current state and day of closing, by is_ended."""
    closed = pl.when("is_ended")
    closing = {"dia_data_tancament": "%d", "mes_data_tancament": "%m", "any_data_tancament": "%Y"}
    return cards.with_columns(
        estat=closed.then(pl.lit(_CLOSED)).otherwise(pl.lit(_OPEN)),
        **{name: closed.then(pl.col("ended_on").dt.strftime(pattern)) for name, pattern in closing.items()},
    ).sort("fitxa_id")


def encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    """The file's bytes: a header in capitals, every value quoted."""
    return delimited(frame.select(FIELDS), quote_style="always")


def _of_organisations(
    plan: CityPlan, rng: np.random.Generator, frame: pl.DataFrame, organisations: pl.DataFrame
) -> pl.DataFrame:
    """Replace the applicant of some cards by a company or an entity."""
    is_theirs = pl.Series(rng.random(frame.height) < plan.rates["organisations"]["of_cards"])
    drawn = organisations[rng.integers(0, organisations.height, int(is_theirs.sum()))]
    who = as_of(drawn.with_columns(frame.filter(is_theirs)["opened_day"]), "opened_day")
    written = as_written(Dirt(who, rng, plan.rates)).with_columns(
        organisation=who["organisation"],
        sollicitant=pl.lit("E"),
        carrer_resposta=who["name"],
        numero_resposta=who["number"].cast(pl.String),
        codi_postal_resposta=who["postcode"],
        is_mention=pl.lit(False),
    )
    theirs = frame.filter(is_theirs).drop(*_PERSONAL, "person", *written.columns, strict=False)
    both = [frame.filter(~is_theirs), pl.concat([theirs, written], how="horizontal")]
    return pl.concat(both, how="diagonal")


def _applicants(
    plan: CityPlan, rng: np.random.Generator, city: pl.DataFrame, days: IntArray, support: pl.Series
) -> pl.DataFrame:
    """Draw the applicants: adults, some of whom write often, or people who give no name."""
    rates = plan.rates["cards"]
    draw = rng.random(len(days))
    is_named = draw < rates["with_document"] + rates["with_name"]
    by_age = np.interp(city["age"].to_numpy(), [0, 15.9, 16, 30, 55, 75, 95], [0, 0, 0.3, 1.0, 1.3, 0.8, 0.1])
    often = frequency(plan, "iris", city, shape=0.4) * by_age
    person = turn_up(rng, city, often, days[is_named], youngest=16)
    named = turned_up(city, person, days[is_named]).with_columns(
        channel=_channel(support.filter(pl.Series(is_named))),
        is_identified=pl.Series(draw[is_named] < rates["with_document"]),
        is_named=pl.lit(True),
    )
    written = _written(Dirt(named, rng, plan.rates))
    nobody = pl.DataFrame({"sollicitant": ["A"], "sexe": ["u"], "is_mention": [False]})
    # The row of the nameless stands first, and each card takes its own or that one.
    place = np.where(is_named, np.cumsum(is_named), 0)
    everybody = pl.concat([nobody, written], how="diagonal")[place]
    languages = pick(rng, {"ca": 55, "es": 42, "en": 3}, len(days))
    authorised = pick(rng, {"S": 70, "N": 30}, len(days))
    return everybody.with_columns(idioma=pl.coalesce("idioma", languages), autoritzacio=authorised)


def _channel(support: pl.Series) -> pl.Series:
    """How the applicant's data came to be written."""
    typed = {"TELÈFON": "phone"} | dict.fromkeys((*_ON_PAPER, "RECLAMACIÓ INTERNA"), "counter")
    return support.replace_strict(typed, default="web", return_dtype=pl.String)


def _matters(plan: CityPlan, rng: np.random.Generator, city: pl.DataFrame, days: IntArray) -> pl.DataFrame:
    """The fields without data of the applicant: number, type, matter, place, dates, channel and answer."""
    size = len(days)
    kind = pick(rng, _TYPES, size)
    is_english = pl.Series(rng.random(size) < _SHARE_IN_ENGLISH)
    matters = pl.DataFrame(list(_MATTERS), orient="row", schema=["area", "element", "detall"])
    lasts = np.minimum(rng.lognormal(np.log(4), 1.3, size), _LONGEST_DAYS).astype(np.int64)
    opening = dates(plan, days)
    number = (plan.start - _FIRST_DAY).days + days
    frame = pl.DataFrame(
        {
            "fitxa_id": pl.Series(number).cast(pl.String).str.zfill(4) + serials(days, 4),
            "codi_iris": _codes(rng, size),
            "tipus": kind.zip_with(~is_english, kind.replace_strict(_ENGLISH)),
            "suport": pick(rng, _SUPPORTS, size),
            "canals_resposta": pick(rng, _ANSWERS, size),
            "dia_data_alta": opening.dt.strftime("%d"),
            "mes_data_alta": opening.dt.strftime("%m"),
            "any_data_alta": opening.dt.strftime("%Y"),
            "ended_on": dates(plan, days + lasts),
        }
    )
    matter = matters[weighted(rng, list(_MATTERS.values()), size)]
    return pl.concat([frame, matter, _places(rng, city, size)], how="horizontal")


def _places(rng: np.random.Generator, city: pl.DataFrame, size: int) -> pl.DataFrame:
    """Somewhere in the city, or nowhere; the section is often left out."""
    barris = dict(table("barris").select("barri", "name").iter_rows())
    known = ("district", "address_barri", "section", "type_ca", "name", "number", "x", "y")
    place = city.select(known)[rng.integers(0, city.height, size)]
    has_place, has_section = (pl.Series(rng.random(size) < share) for share in (_SHARE_WITH_PLACE, _SHARE_WITH_SECTION))
    place_fields = place.select(
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
    placed = place_fields.select(pl.when(has_place).then(pl.all()))
    # Degrees stay empty; the metres are exact.
    return placed.with_columns(longitud=nothing, latitud=nothing)


def _codes(rng: np.random.Generator, size: int) -> pl.Series:
    letters = [pl.Series(rng.choice(_CONSONANTS, size)) for _ in range(3)]
    return letters[0] + letters[1] + letters[2] + pl.Series(rng.integers(0, 10_000, size)).cast(pl.String).str.zfill(4)


def _written(dirt: Dirt) -> pl.DataFrame:
    """The applicant as the card has it."""
    filler = pl.when(dirt.draw(0.5)).then(pl.lit("ND")).otherwise(pl.lit("NDD"))
    leaves_out = dirt.draw(0.6)
    frame = enter(dirt)
    is_mobile = pl.col("telefon").str.contains(r"^(\+34 )?[67]")
    is_named = pl.any_horizontal(pl.col("nom", "document", "email", "telefon").is_not_null())
    return frame.select(
        "person", "channel", "nom", "cognom_1", "cognom_2", "email", "idioma",
        # A card has only the year of birth.
        error_types=pl.col("error_types").list.set_difference(["day_month_swapped", "birth_1_january"]),
        is_mention=is_named,
        sollicitant=pl.when(is_named).then(pl.lit("C")).otherwise(pl.lit("A")),
        tipus_document=pl.col("tipus_document").replace_strict(_TYPES_OF_DOCUMENT, default=None),
        document=pl.when(pl.col("document").is_null() & leaves_out).then(filler).otherwise("document"),
        any_naixement=pl.col("data_naixement").str.slice(0, 4),
        sexe=pl.col("sexe").replace_strict({"H": "m", "D": "f"}, default="u"),
        telefon=pl.when(~is_mobile).then("telefon"),
        mobil=pl.when(is_mobile).then("telefon"),
        carrer_resposta="adreca",
        numero_resposta="numero",
        codi_postal_resposta="codi_postal",
        contacte=pl.lit(None, dtype=pl.String),
    )  # fmt: skip

"""Licences to occupy the street, as a spreadsheet that people fill in: a title above the header, typed cells."""

from datetime import UTC, date, datetime
from io import BytesIO

import numpy as np
import polars as pl
import xlsxwriter

from sources.synthetic.base.randomness import pick, stream
from sources.synthetic.base.text import folded
from sources.synthetic.changes.as_of import who_as_of
from sources.synthetic.people.organisations import as_of
from sources.synthetic.people.population import LAST_DAY, CityPlan
from sources.synthetic.writing.dirt import Dirt
from sources.synthetic.writing.document_errors import document_errors
from sources.synthetic.writing.faults import Fault
from sources.synthetic.writing.organisation_entry import as_written
from sources.synthetic.writing.presence import frequency, turn_up

FIELDS = (
    "num_llicencia", "tipus", "titular", "cif", "data_explo", "vigencia", "emplacament", "ocupacio", "ordenacio",
    "taules", "cadires", "superficie_ocupada", "x_etrs89", "y_etrs89", "codi_districte", "codi_barri",
)  # fmt: skip
SHEET = "Llicències"
# The title and an empty row stand above the header.
ROWS_ABOVE = 2
_KINDS = {
    "TERRASSA": 45, "GUAL": 18, "CONTENIDOR": 9, "MUDANCA": 9, "BASTIDA": 7, "RESERVA_PMR": 4, "TALL_CARRER": 3,
    "OBRA": 3, "FIRAIRE": 1, "QUIOSC": 1,
}  # fmt: skip
# Days for which they run; a person asks for these, a company for any.
_DAYS = {"CONTENIDOR": 10, "MUDANCA": 1, "TALL_CARRER": 2, "BASTIDA": 90, "OBRA": 60, "FIRAIRE": 30}
_OF_PERSONS = ("MUDANCA", "GUAL", "RESERVA_PMR", "CONTENIDOR", "FIRAIRE", "QUIOSC")
_ENDED_KEPT, _EARLIEST = 365, -900
_TYPED = {"given_name": "given_name", "surname_1": "surname", "surname_2": "surname"}
_MONDAY = 0
FAULTS: dict[str, Fault] = {
    # What people write where a list was meant.
    "unknown_code:tipus": {"tipus": pl.col("tipus").str.to_titlecase() + " (vegeu nota)"},
    "missing:data_explo": {"data_explo": pl.lit(None, dtype=pl.Date)},
}


def is_delivered(plan: CityPlan, day: date) -> bool:
    """Whether there is an extract: on the first night and on Mondays."""
    return day == plan.start or day.weekday() == _MONDAY


def licences(plan: CityPlan, city: pl.DataFrame, organisations: pl.DataFrame) -> pl.DataFrame:
    """Every licence with the fields of the file, its holder, error_types, and its first and last day."""
    rng = stream(plan.seed, "llicencies")
    days = LAST_DAY - _EARLIEST
    size = max(3, round(plan.rates["licences"]["yearly_per_person"] * plan.population * days / 365))
    kind = pick(rng, _KINDS, size)
    is_persons = kind.is_in(_OF_PERSONS) & pl.Series(rng.random(size) < 0.6)
    today = np.zeros(size, dtype=np.int64)
    first = pl.Series("first_day", rng.integers(_EARLIEST, LAST_DAY, size))
    names = ("given_name", "surname_1", "surname_2", "document", "document_type", "document_country")
    known = city.select("person", "change_day", *names, *(f"former_{name}" for name in names))
    person = known[turn_up(rng, city, frequency(plan, "llicencies", city), today)].with_columns(first)
    person = _typed(Dirt(who_as_of(person, "first_day"), stream(plan.seed, "llicencies as typed"), plan.rates))
    company = as_of(organisations[rng.integers(0, organisations.height, size)].with_columns(first), "first_day")
    written = as_written(Dirt(company, rng, plan.rates))
    where = ("type_ca", "name", "number", "x", "y", "district", "address_barri")
    place = city.select(where)[rng.integers(0, city.height, size)]
    lasts = kind.replace_strict(_DAYS, default=730)
    theirs = pl.when(pl.lit(is_persons))
    name = pl.concat_str(
        pl.concat_str("surname_1", "surname_2", separator=" ", ignore_nulls=True), pl.lit(", "), "given_name"
    )
    is_terrace = pl.col("tipus") == "TERRASSA"
    return pl.DataFrame({"tipus": kind, "first_day": first, "last_day": first + lasts}).with_columns(
        num_llicencia=pl.format("LL-{}", pl.int_range(1, size + 1).cast(pl.String).str.zfill(6)),
        person=theirs.then(pl.lit(person["person"])),
        organisation=theirs.then(None).otherwise(pl.lit(company["organisation"])),
        channel=theirs.then(pl.lit("counter")).otherwise(pl.lit("register")),
        error_types=theirs.then(pl.lit(person["error_types"])).otherwise(pl.lit(written["organisation_errors"])),
        titular=theirs.then(pl.lit(person.select(name).to_series())).otherwise(pl.lit(written["rao_social"])),
        cif=theirs.then(pl.lit(person["document"])).otherwise(pl.lit(written["cif"].fill_null(company["nif"]))),
        emplacament=pl.lit(place.select(pl.concat_str("type_ca", "name", "number", separator=" ")).to_series()),
        ocupacio=pl.when(is_terrace).then(pl.lit("Vorera")).otherwise(pl.lit("Calçada")),
        ordenacio=pl.when(is_terrace).then(pl.lit("Ordenança municipal")),
        taules=pl.when(is_terrace).then(pl.lit(pl.Series(rng.integers(2, 15, size)))),
        superficie_ocupada=pl.lit(pl.Series(np.round(rng.uniform(2, 60, size), 2))),
        x_etrs89=pl.lit(place["x"].round(2)),
        y_etrs89=pl.lit(place["y"].round(2)),
        codi_districte=pl.lit(place["district"]),
        codi_barri=pl.lit(place["address_barri"]),
    ).with_columns(cadires=pl.col("taules") * 4)  # fmt: skip


def _typed(dirt: Dirt) -> pl.DataFrame:
    """The people as a clerk types them from their documents."""
    nothing = pl.lit(None, dtype=pl.String)
    dirt.frame = dirt.frame.with_columns(channel=pl.lit("counter"), tipus_document=nothing, pais_document=nothing)
    document_errors(dirt)
    for column, whose in _TYPED.items():
        dirt.typo(f"{whose}_typo", column, dirt.share("name", f"{whose}_typo"))
    missing, swapped, folds = (
        dirt.draw(dirt.share("name", error)) for error in ("second_surname_missing", "surnames_swapped", "lost_accents")
    )
    first, second = pl.col("surname_1"), pl.col("surname_2")
    dirt.apply("second_surname_missing", missing, surname_2=nothing)
    dirt.apply("surnames_swapped", second.is_not_null() & swapped, surname_1=second, surname_2=first)
    dirt.apply("lost_accents", folds, **{name: folded(pl.col(name)) for name in _TYPED})
    return dirt.frame.with_columns(error_types=dirt.errors())


def snapshot(plan: CityPlan, everything: pl.DataFrame, day: date) -> pl.DataFrame:
    """The licences asked for by a day and not ended for a year."""
    today = (day - plan.start).days
    start = pl.lit(plan.start)
    known = everything.filter(pl.col("first_day") <= today + 30, pl.col("last_day") > today - _ENDED_KEPT)
    return known.with_columns(
        data_explo=start + pl.duration(days="first_day"), vigencia=start + pl.duration(days="last_day")
    )


def encoded(frame: pl.DataFrame) -> list[bytes]:
    """The workbook's bytes; its own time of creation is left out, so that the same rows give the same bytes."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as workbook:
        workbook.set_properties({"created": datetime(2026, 1, 1, tzinfo=UTC)})
        sheet = workbook.add_worksheet(SHEET)
        sheet.write(0, 0, "Llicències d'ocupació de la via pública")
        frame.select(FIELDS).rename(str.upper).write_excel(
            workbook, sheet, position=(ROWS_ABOVE, 0), autofilter=False, dtype_formats={pl.Date: "dd/mm/yyyy"}
        )
    return [content.getvalue()]

"""Licences to occupy the street, as a spreadsheet that people fill in: a title above the header, typed cells."""

from datetime import UTC, date, datetime
from io import BytesIO

import numpy as np
import polars as pl
import xlsxwriter

from sources.synthetic.as_of import who_as_of
from sources.synthetic.dirt import Dirt
from sources.synthetic.draws import pick, stream
from sources.synthetic.organisations import as_of, as_written
from sources.synthetic.people import CityPlan
from sources.synthetic.presence import frequency, turn_up
from sources.synthetic.refusals import Fault

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
_ENDED_KEPT = 365
_MONDAY = 0
FAULTS: dict[str, Fault] = {
    # What people write where a list was meant.
    "unknown_code:tipus": {"tipus": pl.col("tipus").str.to_titlecase() + " (vegeu nota)"},
    "missing:data_explo": {"data_explo": pl.lit(None, dtype=pl.Date)},
}


def is_delivered(plan: CityPlan, day: date) -> bool:
    """In full on the first night and on Mondays."""
    return day == plan.start or day.weekday() == _MONDAY


def licences(plan: CityPlan, city: pl.DataFrame, organisations: pl.DataFrame) -> pl.DataFrame:
    """Every licence with the fields of the file, who holds it, what went wrong, and its first and last day."""
    rng = stream(plan.seed, "llicencies")
    size = max(3, round(plan.rates["licences"]["per_person"] * plan.population))
    kind = pick(rng, _KINDS, size)
    is_persons = kind.is_in(_OF_PERSONS) & pl.Series(rng.random(size) < 0.6)
    today = np.zeros(size, dtype=np.int64)
    first = pl.Series("first_day", rng.integers(-900, 120, size))
    names = ("given_name", "surname_1", "surname_2", "document")
    known = city.select("person", "change_day", *names, *(f"former_{name}" for name in names))
    person = known[turn_up(rng, city, frequency(plan, "llicencies", city), today)].with_columns(first)
    person = who_as_of(person, "first_day")
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
        error_types=theirs.then(pl.lit([], dtype=pl.List(pl.String))).otherwise(pl.lit(written["organisation_errors"])),
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

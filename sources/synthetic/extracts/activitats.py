"""Applications for summer activities and for the draw of Campus Olímpia, as CSV in a ZIP.

Each has a child, who answers for it, and a place.
"""

from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import IntArray, pick, stream
from sources.synthetic.base.text import folded
from sources.synthetic.changes.as_of import as_of, who_as_of
from sources.synthetic.people.population import LAST_DAY, CityPlan
from sources.synthetic.writing.calendar import Period, dates, draw_days, serials
from sources.synthetic.writing.dirt import Dirt
from sources.synthetic.writing.faults import Fault, spoil
from sources.synthetic.writing.slips import mistyped

FIELDS = (
    "num_inscripcio", "any", "tipus_activitat", "activitat", "entitat", "torn", "centre", "preu", "ajut",
    "num_sorteig", "estat", "data_sollicitud", "infant_nom", "infant_cognom_1", "infant_cognom_2",
    "infant_data_naixement", "infant_document", "tutor_nom", "tutor_cognom_1", "tutor_cognom_2", "tutor_nif",
    "tutor_telefon", "tutor_email", "adreca", "numero", "codi_postal",
)  # fmt: skip
_KINDS = {
    "CASAL": 50, "CAMPUS": 18, "PRECAMPUS": 6, "POLIESPORTIU": 8, "ESPECIFIC": 5, "JOVE": 3, "COLONIES": 5, "RUTES": 1,
    "CAMPUS_OLIMPIA": 8,
}  # fmt: skip
_PLACES = ("CEM Can Felipa", "CEM Can Caralleu", "CEM La Mar Bella", "CEM Bon Pastor", "CEM Olímpics Vall d'Hebron")
_MONDAY = 0
_FAULTS: dict[str, Fault] = {
    "unknown_code:torn": {"torn": pl.lit("8")},
    "bad_date:infant_data_naixement": {
        "infant_data_naixement": pl.col("infant_data_naixement").str.replace("-[0-9]{2}-", "-13-")
    },
}
_FIRST_MONTH, _LAST_MONTH = 3, 9
_OLDEST, _YOUNGEST = 17, 3
_YEAR_DAYS = 365.25
# What is known of a child and of who answers for it.
_WHO = ("given_name", "surname_1", "surname_2", "document")
_WHERE = ("type_ca", "name", "number", "postcode")
_KNOWN = (
    "person", "birth_date", "phone", "email", "change_day", "move_day", *_WHO, *_WHERE,
    *(f"former_{name}" for name in (*_WHO, *_WHERE)),
)  # fmt: skip
_DECIDED_AFTER_DAYS = 21
_TYPED = {"infant_nom": "given_name", "infant_cognom_1": "surname", "infant_cognom_2": "surname"}
_OF_GUARDIAN = {"tutor_nom": "guardian_given_name", "tutor_cognom_1": "guardian_surname"}


def is_delivered(plan: CityPlan, day: date) -> bool:
    """Whether there is an extract: on the first night, and on Mondays in the season."""
    return day == plan.start or (day.weekday() == _MONDAY and _FIRST_MONTH <= day.month <= _LAST_MONTH)


def applications(plan: CityPlan, city: pl.DataFrame) -> pl.DataFrame:
    """Every application of the history and of the days to come with the fields of the file.

    They also have person and error_types of the child, guardian_person and guardian_errors, and the day it was made.
    """
    rng = stream(plan.seed, "activitats")
    child, days = _applicants(plan, rng, city)
    known = city.select(*_KNOWN, pl.coalesce("mother", "father").alias("guardian_person"))
    children = as_of(known[child].with_columns(day=days), "day")
    guardians = who_as_of(known[children["guardian_person"]].with_columns(day=days), "day")
    shown = guardians.select(pl.col(*_WHO, "phone", "email").name.prefix("guardian_"))
    written = _written(Dirt(pl.concat([children, shown], how="horizontal"), rng, plan.rates))
    frame = pl.concat([_places(plan, rng, days), written], how="horizontal")
    return spoil(plan, frame, "activitats_estiu", "", _FAULTS)


def known_by(plan: CityPlan, everything: pl.DataFrame, day: date) -> pl.DataFrame:
    """The applications made up to a day, with their current state."""
    today = (day - plan.start).days
    settled = pl.col("day") + _DECIDED_AFTER_DAYS <= today
    state = pl.when(settled).then("outcome").otherwise(pl.lit("SOLLICITUD"))
    return everything.filter(pl.col("day") <= today).with_columns(estat=state)


def guardians(frame: pl.DataFrame) -> pl.DataFrame:
    """The adults who answer for the children: person, the key of the mention (`key`) and error_types."""
    return frame.select(
        "refused",
        person="guardian_person",
        key=pl.format("{}#tutor", "num_inscripcio"),
        error_types="guardian_errors",
        channel=pl.lit("web"),
    )


def encoded(frame: pl.DataFrame, day: date) -> list[bytes]:
    """The ZIP's bytes: one CSV with semicolons, quoted."""
    text = frame.select(FIELDS).rename(str.upper).write_csv(
        separator=";", quote_style="always", line_terminator="\r\n"
    )  # fmt: skip
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as parts:
        # A moment of its own, so that the same rows give the same bytes.
        parts.writestr(ZipInfo(f"inscripcions_{day:%Y%m%d}.csv", (2026, 1, 1, 0, 0, 0)), text.encode("utf-8"))
    return [content.getvalue()]


def _applicants(plan: CityPlan, rng: np.random.Generator, city: pl.DataFrame) -> tuple[IntArray, IntArray]:
    """Rows of children and days of their applications: children with a parent who are here on that day."""
    is_child = (pl.col("age") < _OLDEST + 1) & pl.coalesce("mother", "father").is_not_null()
    rows = city.select(is_child).to_series().arg_true().to_numpy()
    period = Period(-plan.history_days, LAST_DAY)
    share = len(rows) / plan.population * plan.rates["summer"]["per_child"]
    days = draw_days(plan, rng, period, share, "summer")
    if not len(rows):
        return rows, days[:0]
    child = rows[rng.integers(0, len(rows), len(days))]
    age = (days - city["born_days"].to_numpy()[child]) / _YEAR_DAYS
    here = city["exit_day"].is_null().to_numpy()[child] & (city["entry_day"].to_numpy()[child] <= days)
    asks = here & (age >= _YOUNGEST) & (age < _OLDEST + 1)
    return child[asks], days[asks]


def _places(plan: CityPlan, rng: np.random.Generator, days: IntArray) -> pl.DataFrame:
    """The fields without data of the child."""
    size = len(days)
    kind = pick(rng, _KINDS, size)
    made = dates(plan, days)
    return pl.DataFrame({"day": days}).with_columns(
        any=made.dt.strftime("%Y"),
        num_inscripcio=pl.lit("E") + pl.lit(made).dt.strftime("%y%m%d") + pl.lit(serials(days, 5)),
        tipus_activitat=kind,
        activitat=pl.format("{} {}", pl.lit(kind.str.to_titlecase()), pl.lit(pl.Series(rng.integers(1, 90, size)))),
        entitat=pl.format("Entitat {}", pl.lit(pl.Series(rng.integers(1, 480, size)))),
        torn=pl.lit(pl.Series(rng.integers(1, 8, size))).cast(pl.String),
        centre=pl.Series(_PLACES).gather(rng.integers(0, len(_PLACES), size)),
        preu=pl.lit(pl.Series(rng.integers(60, 320, size))).cast(pl.String),
        ajut=pick(rng, {"N": 70, "S": 30}, size),
        num_sorteig=pl.when(kind == "CAMPUS_OLIMPIA").then(
            pl.lit(pl.Series(rng.permutation(size) + 1)).cast(pl.String)
        ),
        outcome=pick(rng, {"INSCRIT": 80, "LLISTA_ESPERA": 12, "BAIXA": 8}, size),
        data_sollicitud=made.dt.to_string("iso"),
    )


def _written(dirt: Dirt) -> pl.DataFrame:
    """Child and guardian as a parent types them in: often without the child's document, or with the parent's own."""
    rates = dirt.rates["summer"]
    dirt.frame = dirt.frame.select(
        "person", "guardian_person", "guardian_document",
        infant_nom="given_name", infant_cognom_1="surname_1", infant_cognom_2="surname_2",
        infant_data_naixement=pl.col("birth_date").dt.to_string("iso"),
        infant_document="document",
        tutor_nom="guardian_given_name", tutor_cognom_1="guardian_surname_1", tutor_cognom_2="guardian_surname_2",
        tutor_nif="guardian_document", tutor_telefon="guardian_phone", tutor_email="guardian_email",
        adreca=pl.format("{} {}", "type_ca", "name"), numero=pl.col("number").cast(pl.String), codi_postal="postcode",
    )  # fmt: skip
    nothing = pl.lit(None, dtype=pl.String)
    dirt.apply(None, dirt.draw(rates["without_document"]), infant_document=nothing)
    of_parent = dirt.draw(rates["parents_document"]) & pl.col("guardian_document").is_not_null()
    dirt.apply("document_parents", of_parent, infant_document=pl.col("guardian_document"))
    for column, whose in (_TYPED | _OF_GUARDIAN).items():
        dirt.typo(f"{whose}_typo", column, rates["typo"])
        where = (pl.col(column).str.len_chars() > 3) & dirt.draw(rates["typo"])
        dirt.apply(f"{whose}_keyboard", where, **{column: mistyped(dirt, column)})
    swapped = pl.col("infant_cognom_2").is_not_null() & dirt.draw(rates["autofill_swapped"])
    dirt.apply("autofill_swapped", swapped, infant_nom=pl.col("infant_cognom_1"), infant_cognom_1=pl.col("infant_nom"))
    names = ("infant_nom", "infant_cognom_1", "infant_cognom_2")
    dirt.apply("lost_accents", dirt.draw(rates["lost_accents"]), **{name: folded(pl.col(name)) for name in names})
    errors = dirt.errors()
    of_guardian = pl.Series(
        [
            "guardian_given_name_typo",
            "guardian_surname_typo",
            "guardian_given_name_keyboard",
            "guardian_surname_keyboard",
        ]
    )
    return dirt.frame.with_columns(
        error_types=errors.list.set_difference(of_guardian.implode()),
        channel=pl.lit("web"),
        guardian_errors=errors.list.set_intersection(of_guardian.implode()).list.eval(
            pl.element().str.strip_prefix("guardian_")
        ),
    ).drop("guardian_document")

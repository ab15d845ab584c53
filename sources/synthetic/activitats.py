"""Applications for summer activities and for the draw of Campus Olímpia, as CSV in a ZIP.

Each has a child, who answers for it, and a place.
"""

from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import polars as pl

from sources.synthetic.as_of import as_of
from sources.synthetic.dirt import Dirt
from sources.synthetic.draws import stream
from sources.synthetic.people import CityPlan
from sources.synthetic.presence import pick
from sources.synthetic.text import folded

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
_FIRST_MONTH, _LAST_MONTH = 3, 9
_WINDOW = (-50, 60)


def is_delivered(plan: CityPlan, day: date) -> bool:
    """In the season, on Mondays, and on the first night."""
    return day == plan.start or (day.weekday() == _MONDAY and _FIRST_MONTH <= day.month <= _LAST_MONTH)


def applications(plan: CityPlan, city: pl.DataFrame) -> pl.DataFrame:
    """Every application of the season with the fields of the file.

    Beside them person and error_types of the child, guardian_person and guardian_errors, and the day it was made.
    """
    rng = stream(plan.seed, "activitats")
    guardian = pl.coalesce("mother", "father")
    children = city.filter(pl.col("age").is_between(3, 17), guardian.is_not_null(), pl.col("exit_day").is_null())
    size = min(children.height, max(1, round(plan.rates["summer"]["per_child"] * children.height)))
    chosen = children[rng.choice(children.height, size, replace=False)].with_columns(guardian_person=guardian)
    places = _places(plan, rng, size)
    chosen = as_of(chosen.with_columns(places["day"]), "day")
    shown = as_of(city[chosen["guardian_person"]].with_columns(places["day"]), "day").select(
        "phone", "email", guardian_name="given_name", guardian_surname_1="surname_1",
        guardian_surname_2="surname_2", guardian_document="document",
    )  # fmt: skip
    both = pl.concat([chosen.drop("phone", "email"), shown], how="horizontal")
    return pl.concat([places, _written(Dirt(both, rng, plan.rates))], how="horizontal").sort("num_inscripcio")


def known_by(plan: CityPlan, everything: pl.DataFrame, day: date) -> pl.DataFrame:
    """The applications made by a day, as they stand."""
    today = (day - plan.start).days
    settled = pl.col("day") + 21 <= today
    state = pl.when(settled).then("outcome").otherwise(pl.lit("SOLLICITUD"))
    return everything.filter(pl.col("day") <= today).with_columns(estat=state)


def guardians(frame: pl.DataFrame) -> pl.DataFrame:
    """Who answers for the children: person, the key of the mention (`key`) and error_types."""
    return frame.select(
        person="guardian_person", key=pl.format("{}#tutor", "num_inscripcio"), error_types="guardian_errors"
    )


def encoded(frame: pl.DataFrame, day: date) -> bytes:
    """The ZIP's bytes: one CSV with semicolons, quoted."""
    text = frame.select(FIELDS).rename(str.upper).write_csv(
        separator=";", quote_style="always", line_terminator="\r\n"
    )  # fmt: skip
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as parts:
        # A moment of its own, so that the same rows give the same bytes.
        parts.writestr(ZipInfo(f"inscripcions_{day:%Y%m%d}.csv", (2026, 1, 1, 0, 0, 0)), text.encode("utf-8"))
    return content.getvalue()


def _places(plan: CityPlan, rng: np.random.Generator, size: int) -> pl.DataFrame:
    """What says nothing of the child."""
    kind = pick(rng, _KINDS, size)
    is_drawn = pl.lit(kind == "CAMPUS_OLIMPIA")
    made = pl.Series("day", rng.integers(*_WINDOW, size))
    return pl.DataFrame([made]).with_columns(
        pl.lit(f"{plan.start:%Y}").alias("any"),
        num_inscripcio=pl.format("E{}", pl.int_range(1, size + 1).cast(pl.String).str.zfill(7)),
        tipus_activitat=kind,
        activitat=pl.format("{} {}", pl.lit(kind.str.to_titlecase()), pl.lit(pl.Series(rng.integers(1, 90, size)))),
        entitat=pl.format("Entitat {}", pl.lit(pl.Series(rng.integers(1, 480, size)))),
        torn=pl.lit(pl.Series(rng.integers(1, 8, size))).cast(pl.String),
        centre=pl.Series(_PLACES).gather(rng.integers(0, len(_PLACES), size)),
        preu=pl.lit(pl.Series(rng.integers(60, 320, size))).cast(pl.String),
        ajut=pick(rng, {"N": 70, "S": 30}, size),
        num_sorteig=pl.when(is_drawn).then(pl.lit(pl.Series(rng.permutation(size) + 1)).cast(pl.String)),
        outcome=pick(rng, {"INSCRIT": 80, "LLISTA_ESPERA": 12, "BAIXA": 8}, size),
        data_sollicitud=(pl.lit(plan.start) + pl.duration(days="day")).dt.to_string("iso"),
    )


def _written(dirt: Dirt) -> pl.DataFrame:
    """Child and guardian as a parent types them in: often without the child's document, or with the parent's own."""
    nothing = pl.lit(None, dtype=pl.String)
    rates = dirt.rates["summer"]
    dirt.frame = dirt.frame.with_columns(infant_document="document")
    dirt.apply(None, dirt.draw(rates["without_document"]), infant_document=nothing)
    of_parent = pl.lit(dirt.draw(rates["parents_document"])) & pl.col("guardian_document").is_not_null()
    dirt.apply("document_parents", of_parent, infant_document=pl.col("guardian_document"))
    dirt.typo("given_name_typo", "given_name", rates["name_typo"])
    dirt.apply(
        "lost_accents", dirt.draw(0.4), given_name=folded(pl.col("given_name")), surname_1=folded(pl.col("surname_1"))
    )
    return dirt.frame.select(
        "person", "guardian_person",
        error_types=dirt.errors(),
        guardian_errors=pl.lit([], dtype=pl.List(pl.String)),
        infant_nom="given_name", infant_cognom_1="surname_1", infant_cognom_2="surname_2",
        infant_data_naixement=pl.col("birth_date").dt.to_string("iso"),
        infant_document="infant_document",
        tutor_nom="guardian_name", tutor_cognom_1="guardian_surname_1", tutor_cognom_2="guardian_surname_2",
        tutor_nif="guardian_document", tutor_telefon="phone", tutor_email="email",
        adreca=pl.format("{} {}", "type_ca", "name"), numero=pl.col("number").cast(pl.String), codi_postal="postcode",
    )  # fmt: skip

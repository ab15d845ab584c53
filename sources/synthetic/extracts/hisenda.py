"""Tax procedures, as the tax institute's database holds them: rows that change until the procedure ends.

`as_delivered` gives the rows that the pipeline queries; applicants are named as in `contribuents.py`.
"""

from collections.abc import Iterator

import polars as pl

from sources.synthetic.base.encoding import delimited
from sources.synthetic.base.randomness import pick, stream
from sources.synthetic.extracts.contribuents import CHANGE, known_on
from sources.synthetic.people.population import CityPlan
from sources.synthetic.writing.calendar import Period, dates, draw_days, moments, seconds, serials
from sources.synthetic.writing.faults import Fault

FIELDS = (
    "num_expedient", "tipus", "objecte", "nif_interessat", "nom_interessat", "nif_representant", "nom_representant",
    "import", "canal", "data", "data_resolucio", "estat", "actualitzat",
)  # fmt: skip
_KINDS = {
    "DOMICILIACIO": 40, "FRACCIONAMENT": 15, "BONIFICACIO_FAMILIA_NOMBROSA_IBI": 8, "EXEMPCIO_IVTM_DISCAPACITAT": 5,
    "CANVI_TITULARITAT": 15, "DEVOLUCIO": 10, "PLUSVALUA": 7,
}  # fmt: skip
_CHANNELS = {"WEB": 55, "OAC": 25, "TELEFON": 12, "OFICI": 8}
_LONGEST_DAYS = 45
FAULTS: dict[str, Fault] = {
    "unknown_code:tipus": {"tipus": pl.lit("RECURS")},
    "bad_number:import": {"import": pl.col("import").str.replace(".", ",", literal=True) + " EUR"},
}


def begun(plan: CityPlan, taxpayers: pl.DataFrame, objects: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The procedures begun in a period, with the fields of the table and ended_on, the day on which each will end.

    Beside them person, organisation and error_types of who asks, and representative_person.
    """
    rng = stream(plan.seed, "hisenda", period.name)
    days = draw_days(plan, rng, period, plan.rates["tax_procedures"]["yearly_per_person"], "taxes")
    size = len(days)
    known = taxpayers.select(
        "person", "organisation", "error_types", "representative_person", "nif", "cognoms_nom", "rao_social",
        "representant_nif", "representant_nom", "motiu_sense_nif", *CHANGE,
    )  # fmt: skip
    who = known_on(known[rng.integers(0, known.height, size)].with_columns(begun_day=days), "begun_day")
    what = objects["referencia"].gather(rng.integers(0, objects.height, size))
    moment = pl.Series(moments(plan, days, seconds(plan, rng, "taxes", size)))
    cents = rng.integers(1_000, 900_000, size)
    return who.select(
        "person", "organisation", "error_types", "representative_person",
        channel=pl.lit("register"),
        num_expedient=pl.lit("H") + pl.lit(dates(plan, days)).dt.strftime("%Y%m%d") + pl.lit(serials(days, 5)),
        tipus=pick(rng, _KINDS, size),
        objecte=what,
        nif_interessat="nif",
        nom_interessat=pl.coalesce("cognoms_nom", "rao_social"),
        nif_representant="representant_nif",
        nom_representant="representant_nom",
        canal=pick(rng, _CHANNELS, size),
        data=moment.str.slice(0, 10),
        ended_on=dates(plan, days + rng.integers(0, _LONGEST_DAYS, size)),
        outcome=pick(rng, {"RESOLT": 82, "DENEGAT": 10, "DESISTIT": 8}, size),
        time=moment.str.slice(11, 5) + ":00",
        **{"import": pl.Series(cents / 100).round(2).cast(pl.String)},
    )  # fmt: skip


def as_delivered(procedures: pl.DataFrame) -> pl.DataFrame:
    """The procedures with their current state, by is_ended, and the time of their last change."""
    ended = pl.when("is_ended")
    ending = pl.col("ended_on").dt.to_string("iso")
    return procedures.with_columns(
        data_resolucio=ended.then(ending),
        estat=ended.then("outcome").otherwise(pl.lit("EN_TRAMIT")),
        actualitzat=pl.format("{} {}", ended.then(ending).otherwise("data"), "time"),
    ).sort("num_expedient")


def encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    """The bytes of the file that is delivered if Fil can not reach the database."""
    return delimited(frame.select(FIELDS), quote_style="always")

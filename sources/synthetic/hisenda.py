"""Tax procedures, as the tax institute's database holds them: rows that change until the procedure ends.

`changed` answers the question that the pipeline asks of the database; who asks is named as in `contribuents.py`.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl

from sources.synthetic.contribuents import known_on
from sources.synthetic.draws import stream
from sources.synthetic.people import CityPlan
from sources.synthetic.presence import pick

FIELDS = (
    "num_expedient", "tipus", "objecte", "nif_interessat", "nom_interessat", "nif_representant", "nom_representant",
    "import", "canal", "data", "data_resolucio", "estat", "actualitzat",
)  # fmt: skip
_KINDS = {
    "DOMICILIACIO": 40, "FRACCIONAMENT": 15, "BONIFICACIO_FAMILIA_NOMBROSA_IBI": 8, "EXEMPCIO_IVTM_DISCAPACITAT": 5,
    "CANVI_TITULARITAT": 15, "DEVOLUCIO": 10, "PLUSVALUA": 7,
}  # fmt: skip
_FIRST_DAYS = 60
_LONGEST_DAYS = 45


def changed(plan: CityPlan, taxpayers: pl.DataFrame, objects: pl.DataFrame, day: date) -> pl.DataFrame:
    """The procedures begun or ended on a day (on the first, in sixty days), with the fields of the table.

    Beside them person, organisation and error_types of who asks, and representative_person.
    """
    is_first = day == plan.start
    days = (day - timedelta(days=ago) for ago in range(_FIRST_DAYS if is_first else _LONGEST_DAYS + 1))
    frame = pl.concat([_begun(plan, taxpayers, objects, one) for one in days])
    if not is_first:
        frame = frame.filter((pl.col("begun_on") == day) | (pl.col("ended_on") == day))
    ended = pl.when(pl.col("ended_on") <= day)
    told = ended.then("ended_on").otherwise("begun_on")
    return frame.with_columns(
        data_resolucio=ended.then(pl.col("ended_on").dt.to_string("iso")),
        estat=ended.then("outcome").otherwise(pl.lit("EN_TRAMIT")),
        actualitzat=pl.format("{} {}", told.dt.to_string("iso"), "time"),
    ).sort("num_expedient")


def encoded(frame: pl.DataFrame) -> bytes:
    """The answer's bytes, where the database is out of reach and its rows come as a file."""
    return frame.select(FIELDS).write_csv(quote_style="always").encode("utf-8")


def _begun(plan: CityPlan, taxpayers: pl.DataFrame, objects: pl.DataFrame, day: date) -> pl.DataFrame:
    rng = stream(plan.seed, "hisenda", day.isoformat())
    size = max(1, round(plan.rates["tax_procedures"]["daily_per_person"] * plan.population))
    who = known_on(plan, taxpayers[rng.integers(0, taxpayers.height, size)], day)
    what = objects[rng.integers(0, objects.height, size)]
    days = rng.integers(0, _LONGEST_DAYS, size)
    seconds = rng.integers(7 * 3600, 20 * 3600, size)
    cents = rng.integers(1_000, 900_000, size)
    return who.select(
        "person", "organisation", "error_types", "representative_person",
        num_expedient=pl.format(
            "H{}{}", pl.lit(f"{day:%Y%m%d}"), pl.int_range(1, size + 1).cast(pl.String).str.zfill(5)
        ),
        tipus=pick(rng, _KINDS, size),
        objecte=what["referencia"],
        nif_interessat="nif",
        nom_interessat=pl.coalesce("cognoms_nom", "rao_social"),
        nif_representant="representant_nif",
        nom_representant="representant_nom",
        canal=pick(rng, {"WEB": 55, "OAC": 25, "TELEFON": 12, "OFICI": 8}, size),
        data=pl.lit(day.isoformat()),
        begun_on=pl.lit(day),
        ended_on=pl.lit(day) + pl.duration(days=pl.lit(pl.Series(days))),
        outcome=pick(rng, {"RESOLT": 82, "DENEGAT": 10, "DESISTIT": 8}, size),
        time=pl.Series(_times(seconds)),
        **{"import": pl.Series(cents / 100).round(2).cast(pl.String)},
    )  # fmt: skip


def _times(seconds: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[str]:
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return [f"{hour:02d}:{minute:02d}:00" for hour, minute in zip(hours, minutes, strict=True)]

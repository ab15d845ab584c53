"""Resident parking permits of the àrea verda, as its operator exports them: pipes, cp1252, in full each night.

Permits are drawn once for the whole life of the city; each night delivers those in force or ended not long ago.
"""

from collections.abc import Iterator
from datetime import date

import polars as pl

from sources.synthetic.base.encoding import delimited
from sources.synthetic.base.randomness import pick, stream
from sources.synthetic.extracts.tax_objects import plates
from sources.synthetic.people.population import LAST_DAY, CityPlan
from sources.synthetic.writing.calendar import dates
from sources.synthetic.writing.dirt import Dirt
from sources.synthetic.writing.entry import enter, turned_up
from sources.synthetic.writing.faults import Fault, spoil
from sources.synthetic.writing.presence import frequency, turn_up

FIELDS = (
    "num_distintiu", "nif", "cognom_1", "cognom_2", "nom", "adreca", "numero", "codi_postal", "telefon", "email",
    "matricula", "tipus_vehicle", "zona", "data_alta", "data_caducitat", "data_baixa", "estat",
)  # fmt: skip
_ASKED = ("nom", "cognom_1", "cognom_2", "adreca", "email", "telefon")
_CHANNELS = {"web": 70, "counter": 30}
_VEHICLES = {"T": 94, "F": 6}
_ZONES = 23
_LASTS_DAYS, _ENDED_KEPT_DAYS = 730, 90
_WITH_DOCUMENT, _GIVEN_BACK = 0.95, 0.08
_FEWEST = 3
_FAULTS: dict[str, Fault] = {
    # A pipe that somebody typed.
    "bad_field_count": {"adreca": pl.col("adreca") + "|"},
    "unknown_code:tipus_vehicle": {"tipus_vehicle": pl.lit("TURISME")},
    "bad_date:data_alta": {"data_alta": pl.col("data_alta").str.slice(0, 4) + "1301"},
}


def permits(plan: CityPlan, city: pl.DataFrame) -> pl.DataFrame:
    """Every permit with the fields of the file, person, channel and error_types, and its first and last day."""
    rng = stream(plan.seed, "area verda")
    span = LAST_DAY + _LASTS_DAYS
    in_force = plan.rates["parking_permits"]["per_person"] * plan.population
    size = max(_FEWEST, round(in_force * span / _LASTS_DAYS))
    first = rng.integers(-_LASTS_DAYS, LAST_DAY, size)
    first.sort()
    person = turn_up(rng, city, frequency(plan, "area verda", city), first)
    people = turned_up(city, person, first).with_columns(
        is_identified=pl.Series(rng.random(size) < _WITH_DOCUMENT), is_named=pl.lit(True),
        channel=pick(rng, _CHANNELS, size),
    )  # fmt: skip
    given_back = pl.Series(rng.random(size) < _GIVEN_BACK)
    frame = enter(Dirt(people, rng, plan.rates), _ASKED).with_columns(
        num_distintiu=pl.lit("AV") + pl.int_range(1, size + 1).cast(pl.String).str.zfill(7),
        nif="document",
        matricula=plates(rng, size),
        tipus_vehicle=pick(rng, _VEHICLES, size),
        zona=pl.Series(rng.integers(1, _ZONES + 1, size)).cast(pl.String),
        first_day=pl.Series(first),
        last_day=pl.Series(first + _LASTS_DAYS),
        given_back_day=pl.when(given_back).then(pl.lit(pl.Series(first + rng.integers(1, _LASTS_DAYS, size)))),
        data_alta=dates(plan, first).dt.strftime("%Y%m%d"),
        data_caducitat=dates(plan, first + _LASTS_DAYS).dt.strftime("%Y%m%d"),
    )
    of_file = [name for name in FIELDS if name not in ("data_baixa", "estat")]
    kept = frame.select("person", "channel", "error_types", "first_day", "last_day", "given_back_day", *of_file)
    # The register itself has the fault, so each night has it again.
    return spoil(plan, kept, "area_verda", "", _FAULTS)


def snapshot(plan: CityPlan, everything: pl.DataFrame, day: date) -> pl.DataFrame:
    """The permits of a day: begun, and not ended for long."""
    today = (day - plan.start).days
    is_back = (pl.col("given_back_day") <= today).fill_null(False)
    back_on = pl.lit(plan.start) + pl.duration(days="given_back_day")
    ended = pl.when(is_back).then("given_back_day").otherwise("last_day")
    return everything.filter(pl.col("first_day") <= today, ended > today - _ENDED_KEPT_DAYS).with_columns(
        data_baixa=pl.when(is_back).then(back_on.dt.strftime("%Y%m%d")),
        estat=pl.when(is_back).then(pl.lit("B")).otherwise(pl.lit("V")),
    )


def encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    """The file's bytes."""
    return delimited(frame.select(FIELDS), "cp1252", separator="|", quote_style="never", line_terminator="\r\n")

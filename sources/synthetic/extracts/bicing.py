"""Subscribers of Bicing, the city's shared bicycles, as its operator exports them: quoted CSV, in full each night.

Subscriptions are drawn once for the whole life of the city; each night delivers those in force or ended not long ago.
"""

from collections.abc import Iterator
from datetime import date

import polars as pl

from sources.synthetic.base.encoding import delimited
from sources.synthetic.base.randomness import pick, stream
from sources.synthetic.people.population import LAST_DAY, CityPlan
from sources.synthetic.writing.calendar import dates
from sources.synthetic.writing.dirt import Dirt
from sources.synthetic.writing.entry import enter, turned_up
from sources.synthetic.writing.faults import Fault, spoil
from sources.synthetic.writing.presence import frequency, turn_up

FIELDS = (
    "id_abonament", "document", "nom", "cognoms", "email", "mobil", "modalitat", "data_alta", "data_fi", "estat",
)  # fmt: skip
_ASKED = ("nom", "cognom_1", "cognom_2", "email", "telefon")
_TARIFFS = {"TARIFA_PLANA": 60, "TARIFA_US": 32, "METROPOLITANA": 8}
_YOUNGEST = 16
_LASTS_DAYS, _ENDED_KEPT_DAYS = 365, 90
_WITH_DOCUMENT, _SUSPENDED, _ENDS_EARLY = 0.85, 0.03, 0.06
_FEWEST = 3
_FAULTS: dict[str, Fault] = {
    "unknown_code:modalitat": {"modalitat": pl.lit("ELECTRICA")},
    "bad_date:data_alta": {"data_alta": pl.col("data_alta").str.replace("-[0-9]{2}-", "-13-")},
}


def subscriptions(plan: CityPlan, city: pl.DataFrame) -> pl.DataFrame:
    """Every subscription with the fields of the file, person, channel and error_types, and its first and last day."""
    rng = stream(plan.seed, "bicing")
    span = LAST_DAY + _LASTS_DAYS
    in_force = plan.rates["shared_bicycles"]["per_person"] * plan.population
    size = max(_FEWEST, round(in_force * span / _LASTS_DAYS))
    first = rng.integers(-_LASTS_DAYS, LAST_DAY, size)
    first.sort()
    person = turn_up(rng, city, frequency(plan, "bicing", city), first, youngest=_YOUNGEST)
    people = turned_up(city, person, first).with_columns(
        is_identified=pl.Series(rng.random(size) < _WITH_DOCUMENT), is_named=pl.lit(True), channel=pl.lit("web")
    )
    ends_early = pl.Series(rng.random(size) < _ENDS_EARLY)
    frame = enter(Dirt(people, rng, plan.rates), _ASKED).with_columns(
        id_abonament=pl.lit("B") + pl.int_range(1, size + 1).cast(pl.String).str.zfill(8),
        cognoms=pl.concat_str("cognom_1", "cognom_2", separator=" ", ignore_nulls=True),
        mobil="telefon",
        modalitat=pick(rng, _TARIFFS, size),
        first_day=pl.Series(first),
        last_day=pl.Series(first + _LASTS_DAYS),
        ended_day=pl.when(ends_early).then(pl.lit(pl.Series(first + rng.integers(1, _LASTS_DAYS, size)))),
        is_suspended=pl.Series(rng.random(size) < _SUSPENDED),
        data_alta=dates(plan, first).dt.to_string("iso"),
    ).with_columns(cognoms=pl.when(pl.col("cognoms") != "").then("cognoms"))  # fmt: skip
    of_file = [name for name in FIELDS if name not in ("data_fi", "estat")]
    days = ("first_day", "last_day", "ended_day", "is_suspended")
    kept = frame.select("person", "channel", "error_types", *days, *of_file)
    # The register itself has the fault, so each night has it again.
    return spoil(plan, kept, "bicing", "", _FAULTS)


def snapshot(plan: CityPlan, everything: pl.DataFrame, day: date) -> pl.DataFrame:
    """The subscriptions of a day: begun, and not ended for long."""
    today = (day - plan.start).days
    is_over = (pl.col("ended_day") <= today).fill_null(False)
    last = pl.when(is_over).then("ended_day").otherwise("last_day")
    state = (
        pl.when(is_over | (last < today))
        .then(pl.lit("BAIXA"))
        .when("is_suspended")
        .then(pl.lit("SUSPES"))
        .otherwise(pl.lit("ACTIU"))
    )
    return everything.filter(pl.col("first_day") <= today, last > today - _ENDED_KEPT_DAYS).with_columns(
        data_fi=(pl.lit(plan.start) + pl.duration(days=last)).dt.to_string("iso"), estat=state
    )


def encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    """The file's bytes."""
    return delimited(frame.select(FIELDS), separator=";", quote_style="always", line_terminator="\r\n")

"""Who pays taxes here: residents who own something, and people who live elsewhere and own something here.

What the register writes of them is in `contribuents.py`.
"""

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import stream
from sources.synthetic.people.documents import control_letters, tax_numbers
from sources.synthetic.people.population import CityPlan

_TOWNS = {
    "08902": "L'HOSPITALET DE LLOBREGAT",
    "08912": "BADALONA",
    "08172": "SANT CUGAT DEL VALLÈS",
    "17001": "GIRONA",
}
_CHANGING = (
    "given_name", "surname_1", "surname_2", "document", "document_type", "document_country", "type_ine", "name",
    "number", "floor", "door", "postcode",
)  # fmt: skip
_KNOWN = (
    "person", "change", "change_day", "move_day", "email", "phone", *_CHANGING,
    *(f"former_{name}" for name in _CHANGING),
)  # fmt: skip
_OUTSIDERS_DNI = 80_000_000
_DNI_SPAN = 19_999_999
# The changes that the register learns of later: a new identity, and a move.
_CHANGES = ("change", "move")


def residents(plan: CityPlan, city: pl.DataFrame) -> pl.DataFrame:
    """Adults who own a home, a vehicle or a shop, with the days on which the register learns of their changes."""
    rng = stream(plan.seed, "taxpayers")
    share = np.interp(city["age"].to_numpy(), [18, 25, 40, 60, 95], [0.25, 0.55, 0.82, 0.9, 0.75])
    has = pl.Series(rng.random(city.height) < share) & (city["age"] >= 18)
    entry = pl.lit(plan.start) + pl.duration(days=pl.max_horizontal("entry_day", pl.col("born_days") + 18 * 366))
    mean = plan.rates["taxpayers"]["learned_after_days"]
    late = {name: pl.Series(rng.exponential(mean, city.height)).cast(pl.Int64) for name in _CHANGES}
    learned_days = {f"{name}_learned_day": pl.col(f"{name}_day") + days for name, days in late.items()}
    left = pl.lit(plan.start) + pl.duration(days="exit_day")
    known = city.select(*_KNOWN, **learned_days, entered_on=entry, left_on=left, town=pl.lit("BARCELONA"))
    return known.filter(has)


def outsiders(plan: CityPlan, city: pl.DataFrame) -> pl.DataFrame:
    """People who own something here and live elsewhere; their documents are out of the city's range."""
    rng = stream(plan.seed, "outsiders")
    size = round(plan.rates["taxpayers"]["outsiders_per_person"] * plan.population)
    numbers = _OUTSIDERS_DNI + rng.permutation(size).astype(np.int64) * 7 % _DNI_SPAN
    dni = pl.Series(numbers).cast(pl.String).str.zfill(8) + control_letters(numbers)
    is_abroad = pl.Series(rng.random(size) < plan.rates["taxpayers"]["outsiders_nif_l"])
    town = pl.Series(list(_TOWNS)).gather(rng.integers(0, len(_TOWNS), size))
    picked = {name: city[name].gather(rng.integers(0, city.height, size)) for name in ("given_name", "surname_1")}
    place: pl.DataFrame = city.select("type_ine", "name", "number", "floor", "door")[rng.integers(0, city.height, size)]
    return place.with_columns(
        **picked,
        surname_2=city["surname_1"].gather(rng.integers(0, city.height, size)),
        person=pl.int_range(city.height, city.height + size, dtype=pl.Int64),
        document=pl.when(is_abroad).then(tax_numbers(rng, "L", size)).otherwise(dni),
        document_type=pl.when(is_abroad).then(pl.lit("NIF_L")).otherwise(pl.lit("DNI")),
        postcode=town,
        town=town.replace_strict(_TOWNS),
        **_representatives(plan, city, size),
        entered_on=pl.lit(plan.start) - pl.duration(days=pl.lit(pl.Series(rng.integers(30, 9000, size)))),
    )


def _representatives(plan: CityPlan, city: pl.DataFrame, size: int) -> dict[str, pl.Expr]:
    """A resident for some of those who live elsewhere."""
    rng = stream(plan.seed, "representatives")
    is_adult = (pl.col("age") >= 18) & (pl.col("document_type") == "DNI") & pl.col("change").is_null()
    adults = city.select("person", "document", "given_name", "surname_1", "surname_2").filter(
        city.select(is_adult).to_series()
    )
    who = adults[rng.integers(0, adults.height, size)]
    is_represented = pl.lit(pl.Series(rng.random(size) < plan.rates["taxpayers"]["outsiders_represented"]))
    return {
        f"representative_{name}": pl.when(is_represented).then(pl.lit(who[name]))
        for name in ("person", "document", "given_name", "surname_1", "surname_2")
    }

"""Writes names by the naming habits of people's countries of origin.

`people/habits.py` draws the habits; `entry.py` has the errors that any name can get.
"""

from typing import Any

import polars as pl

from sources.synthetic.base.randomness import table
from sources.synthetic.writing.dirt import Dirt

_PARTICLE = "^(?i)(el|ait|ben|de la|dela|de|da|dos|van der|van den|van|von der|von) (.+)$"


def write_by_habit(dirt: Dirt, given: str, surname_1: str, surname_2: str) -> None:
    """Write the names in these columns by the habits of their people."""
    rates = dirt.rates["habits"]
    _second_names(dirt, given, (surname_1, surname_2), rates)
    habit = pl.col("names")
    has_both = pl.col(given).is_not_null() & pl.col(surname_1).is_not_null()
    of_order = {"cn": rates["family_name_first"], "pk": rates["names_in_any_order"], "in": rates["names_in_any_order"]}
    for name, rate in of_order.items():
        turned = {given: pl.col(surname_1), surname_1: pl.col(given)}
        dirt.apply("name_order", has_both & (habit == name) & dirt.draw(rate), **turned)
    for column in (given, surname_1):
        _transliterate(dirt, column, rates["transliteration"])
    _particles(dirt, surname_1, rates)
    with_i = (habit == "es") & (pl.col("language") == "ca") & pl.col(surname_2).is_not_null()
    dirt.apply("catalan_i", with_i & dirt.draw(rates["catalan_i"]), **{surname_2: "i " + pl.col(surname_2)})


def _second_names(dirt: Dirt, given: str, surnames: tuple[str, str], rates: dict[str, Any]) -> None:
    """Names that some sources have and others do not."""
    surname_1, surname_2 = surnames
    habit, other = pl.col("names"), pl.col("other_given_name")
    has_other = pl.col(given).is_not_null() & other.is_not_null()
    added = pl.col(given) + " " + pl.when(habit == "en").then(other.str.slice(0, 1)).otherwise(other)
    # A middle name among the given names is not written as surname.
    second = pl.when(habit != "ph").then(surname_2)
    has_it = has_other & habit.is_in(["ru", "en", "ph"])
    dirt.apply("middle_name", has_it & dirt.draw(rates["middle_name"]), **{given: added, surname_2: second})
    dirt.apply("western_name", has_other & (habit == "cn") & dirt.draw(rates["western_name"]), **{given: other})
    hers = pl.col("other_surname").is_not_null() & pl.col(surname_1).is_not_null()
    dirt.apply("husbands_surname", hers & dirt.draw(rates["husbands_surname"]), **{surname_1: pl.col("other_surname")})


def _particles(dirt: Dirt, surname: str, rates: dict[str, Any]) -> None:
    """Join or drop particles: El Amrani becomes Elamrani or Amrani."""
    particle, rest = (pl.col(surname).str.extract(_PARTICLE, group) for group in (1, 2))
    joined = particle.str.replace_all(" ", "") + rest.str.to_lowercase()
    for rate, value in (("particle_joined", joined), ("particle_lost", rest)):
        dirt.apply("particle", rest.is_not_null() & dirt.draw(rates[rate]), **{surname: value})


def _transliterate(dirt: Dirt, column: str, share: float) -> None:
    """Write a name from another alphabet, or with letters that keyboards here lack, in another way."""
    ways = table("transliterations").group_by("names", "written", maintain_order=True).agg("otherwise")
    turn = dirt.number(0, 1_000_000)
    frame = dirt.frame.join(ways.rename({"written": column}), on=["names", column], how="left", maintain_order="left")
    other = pl.col("otherwise")
    dirt.frame = frame.with_columns(otherwise=other.list.get(turn % other.list.len(), null_on_oob=True))
    dirt.apply("transliterated", other.is_not_null() & dirt.draw(share), **{column: other})
    dirt.frame = dirt.frame.drop("otherwise")

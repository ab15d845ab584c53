"""Draws second names of people by the naming habits of their origin; only some sources have them.

`names.py` draws the names; `writing/name_habits.py` writes them.
"""

import numpy as np
import polars as pl

from sources.synthetic.base.randomness import stream, table
from sources.synthetic.people.population import CityPlan

_WIVES = ("en", "fr", "de", "ru", "ro")


def add_habits(plan: CityPlan, people: pl.DataFrame) -> pl.DataFrame:
    """Add other_given_name (patronymic, middle name, Western name) and other_surname (a husband's); null for most.

    A Filipino's middle name is the mother's surname, which is the second one here.
    """
    rng = stream(plan.seed, "habits")
    rates = plan.rates["habits"]
    size = people.height
    fathers = table("given_names").filter(pl.col("names") == "ru", pl.col("sex") == "M")["given_name"]
    patronymic = _patronymics(fathers.gather(rng.integers(0, len(fathers), size)), people["sex"])
    english = table("given_names").filter(pl.col("names") == "en")
    middle = _by_sex(rng, people["sex"], english)
    has = {name: pl.Series(rng.random(size) < rates[f"has_{name}"]) for name in ("middle_name", "western_name")}
    habit = pl.col("names")
    his = pl.col("surname_1").gather(pl.col("partner"))
    return people.with_columns(
        other_given_name=pl.when(habit == "ru")
        .then(pl.lit(patronymic))
        .when((habit == "en") & has["middle_name"])
        .then(pl.lit(middle))
        .when((habit == "cn") & has["western_name"])
        .then(pl.lit(middle))
        .when(habit == "ph")
        .then("surname_2"),
        other_surname=pl.when(habit.is_in(_WIVES) & (pl.col("sex") == "F")).then(
            pl.when(his.str.contains("[oe]v$")).then(his + "a").otherwise(his)
        ),
    )


def _patronymics(father: pl.Series, sex: pl.Series) -> pl.Series:
    """Ivan: Ivanovich, Ivanovna; Sergey: Sergeevich, Sergeevna."""
    stem = pl.col("father").str.replace("(iy|ii|ey|ay|[aeiouy])$", "")
    soft = pl.col("father").str.contains("(ey|ay|iy|ii|y)$")
    ending = (
        pl.when(soft & (pl.col("sex") == "M")).then(pl.lit("evich"))
        .when(soft).then(pl.lit("evna"))
        .when(pl.col("sex") == "M").then(pl.lit("ovich"))
        .otherwise(pl.lit("ovna"))
    )  # fmt: skip
    return pl.DataFrame({"father": father, "sex": sex}).select(stem + ending).to_series()


def _by_sex(rng: np.random.Generator, sex: pl.Series, names: pl.DataFrame) -> pl.Series:
    size = len(sex)
    of = {key: names.filter(pl.col("sex") == key)["given_name"] for key in "MF"}
    drawn = {key: of[key].gather(rng.integers(0, len(of[key]), size)) for key in "MF"}
    return drawn["M"].zip_with(sex == "M", drawn["F"])

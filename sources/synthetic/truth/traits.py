"""Traits: what makes a person hard to distinguish from others or to link over time, or in need of protection.

Evaluation counts each trait. Only the truth has traits; no extract contains them.
"""

import polars as pl

from sources.synthetic.changes.identities import CHANGES
from sources.synthetic.extracts.proteccions import is_protected
from sources.synthetic.people.population import FIRST_DAY

_FULL_NAME = ("given_name", "surname_1", "surname_2")


def traits(city: pl.DataFrame, today: int) -> pl.Series:
    """The names of each person's traits on a day, as a list in alphabetical order."""
    held = pl.concat([_of_families(city), _of_contacts(city), _of_lives(city, today)], how="horizontal")
    names = [pl.when(pl.col(name).fill_null(False)).then(pl.lit(name)) for name in sorted(held.columns)]
    return held.select(traits=pl.concat_list(names).list.drop_nulls()).to_series()


def _of_families(city: pl.DataFrame) -> pl.DataFrame:
    """Twins, people of one full name in two households, parent and child of one name."""
    same_sex = pl.when(pl.col("sex") == "M").then("father").otherwise("mother")
    frame = city.select(
        "person",
        "household",
        "partner",
        "born_days",
        *_FULL_NAME,
        carer=pl.coalesce("mother", "father"),
        elder=same_sex,
    )
    is_after = pl.all_horizontal(pl.col(name) == pl.col(name).gather(pl.col("elder")) for name in _FULL_NAME[:2])
    frame = frame.with_columns(is_after=is_after.fill_null(False))
    elders = frame.filter("is_after")["elder"]
    return frame.select(
        twin=pl.col("carer").is_not_null() & (pl.len().over("carer", "born_days") > 1),
        namesake=pl.col("household").min().over(*_FULL_NAME) != pl.col("household").max().over(*_FULL_NAME),
        parent_namesake=pl.col("is_after") | pl.col("person").is_in(elders.implode()),
    )


def _of_contacts(city: pl.DataFrame) -> pl.DataFrame:
    """People whose e-mail or mobile telephone somebody else has, too."""
    return city.select(
        (pl.col(of).is_not_null() & (pl.len().over(of) > 1)).alias(f"shared_{of}") for of in ("email", "phone")
    )


def _of_lives(city: pl.DataFrame, today: int) -> pl.DataFrame:
    """Where people live, and their events since a year before the first night."""
    return city.select(
        *(((pl.col("change") == kind) & (pl.col("change_day") <= today)).alias(kind) for kind in CHANGES),
        care_home=pl.col("living") == "care",
        flat_share=pl.col("living") == "flat",
        moved=pl.col("move_day").is_between(FIRST_DAY, today),
        married=pl.col("married_day") <= today,
        separated=pl.col("separated_day") <= today,
        newborn=pl.col("born_days").is_between(FIRST_DAY, today),
        inscribed_twice=pl.col("twice_day") <= today,
        inscribed_anew=pl.col("back_day") <= today,
        protected=is_protected(today),
        deceased=(pl.col("exit_cause") == "BD") & (pl.col("exit_day") <= today),
    )

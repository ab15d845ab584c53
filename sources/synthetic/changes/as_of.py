"""The identity and the address of people on a day, from their final and their former values.

Registers learn of a change later, so they ask for an earlier day.
"""

import polars as pl

from sources.synthetic.changes.identities import IDENTITY
from sources.synthetic.people.addresses import ADDRESS

_IDENTITY = (*IDENTITY, "country_code", "ine_code")


def as_of(people: pl.DataFrame, day: int | str) -> pl.DataFrame:
    """People as they are on a day: identity and address.

    Args:
        people: any rows and columns of the city; values before the last change are in columns `former_…`.
        day: days from the plan's start, or the name of a column with them.
    """
    return _before(who_as_of(people, day), "move_day", day, ADDRESS)


def who_as_of(people: pl.DataFrame, day: int | str) -> pl.DataFrame:
    """People as they are on a day: only their identity (see `as_of`)."""
    return _before(people, "change_day", day, _IDENTITY)


def _before(people: pl.DataFrame, changed: str, day: int | str, names: tuple[str, ...]) -> pl.DataFrame:
    is_to_come = (pl.col(changed) > (pl.col(day) if isinstance(day, str) else pl.lit(day))).fill_null(False)
    return people.with_columns(
        pl.when(is_to_come).then(f"former_{name}").otherwise(name).alias(name)
        for name in names
        if name in people.columns
    )

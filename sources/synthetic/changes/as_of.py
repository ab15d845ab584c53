"""Who people are and where they live on a day, out of what they came to be and what they were before.

Registers hear of a change later: they ask for a day that is past.
"""

import polars as pl

from sources.synthetic.changes.identities import IDENTITY
from sources.synthetic.people.addresses import ADDRESS

_IDENTITY = (*IDENTITY, "country_code", "ine_code")


def as_of(people: pl.DataFrame, day: int | str) -> pl.DataFrame:
    """People, any rows and columns of the city, as they are on a day counted from the plan's start, or a column's.

    What was before the last change stays beside it, as `former_…`.
    """
    return _before(who_as_of(people, day), "move_day", day, ADDRESS)


def who_as_of(people: pl.DataFrame, day: int | str) -> pl.DataFrame:
    """The same, wherever they live."""
    return _before(people, "change_day", day, _IDENTITY)


def _before(people: pl.DataFrame, changed: str, day: int | str, names: tuple[str, ...]) -> pl.DataFrame:
    is_to_come = (pl.col(changed) > (pl.col(day) if isinstance(day, str) else pl.lit(day))).fill_null(False)
    return people.with_columns(
        pl.when(is_to_come).then(f"former_{name}").otherwise(name).alias(name)
        for name in names
        if name in people.columns
    )

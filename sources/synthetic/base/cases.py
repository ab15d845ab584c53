"""Rows that a source delivers after the day on which they begin: ended cases, and rows that are due later."""

from datetime import date

import polars as pl


class OpenCases:
    """The open cases of one source; each night adds the cases that begin on it."""

    def __init__(self) -> None:
        self._open: pl.DataFrame | None = None

    @property
    def open(self) -> pl.DataFrame:
        """The cases that are open after the last delivered night."""
        if self._open is None:
            raise LookupError("no night has been delivered yet")
        return self._open

    def delivered_on(self, begun: pl.DataFrame, day: date) -> pl.DataFrame:
        """The cases that a night delivers: new ones (`begun`), and older ones that have ended.

        `ended_on` is the day on which a case ends, or will end; the column `is_ended` is added.
        """
        is_ended = (pl.col("ended_on") <= day).fill_null(False)
        before = begun.clear() if self._open is None else self._open
        delivered = pl.concat([before.filter(is_ended), begun])
        self._open = pl.concat([before, begun]).filter(~is_ended)
        return delivered.with_columns(is_ended=is_ended)


class Waiting:
    """Rows that are delivered once, on the day in one of their columns; rows without a day are never delivered."""

    def __init__(self, day_column: str) -> None:
        self._day = day_column
        self._rest: pl.DataFrame | None = None

    def add(self, more: pl.DataFrame) -> None:
        """Add rows that are due later."""
        more = more.filter(pl.col(self._day).is_not_null())
        self._rest = more if self._rest is None else pl.concat([self._rest, more])

    def due(self, day: date) -> pl.DataFrame:
        """The rows that a night delivers: those that are due and have not been delivered."""
        if self._rest is None:
            raise LookupError("nothing was ever added")
        is_due = pl.col(self._day) <= day
        due, self._rest = self._rest.filter(is_due), self._rest.filter(~is_due)
        return due

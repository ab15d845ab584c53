"""What a system tells after the day on which it began: cases again on the day they end, and what is due later."""

from datetime import date

import polars as pl


class OpenCases:
    """The cases of one source that have not ended yet; each night adds those that begin on it."""

    def __init__(self) -> None:
        self._open: pl.DataFrame | None = None

    @property
    def open(self) -> pl.DataFrame:
        """The cases that are open after the last night that was told."""
        if self._open is None:
            raise LookupError("no night has been told yet")
        return self._open

    def told_on(self, begun: pl.DataFrame, day: date) -> pl.DataFrame:
        """What a night tells, given the cases that it is the first to tell: these, and the older ones that have ended.

        `ended_on` is the day on which a case ends, or will end; `is_ended` is added.
        """
        is_ended = (pl.col("ended_on") <= day).fill_null(False)
        before = begun.clear() if self._open is None else self._open
        told = pl.concat([before.filter(is_ended), begun])
        self._open = pl.concat([before, begun]).filter(~is_ended)
        return told.with_columns(is_ended=is_ended)


class Waiting:
    """What is told once, on the day that a column of it names; rows without a day are never told."""

    def __init__(self, day_column: str) -> None:
        self._day = day_column
        self._rest: pl.DataFrame | None = None

    def add(self, more: pl.DataFrame) -> None:
        """Rows that are due some day."""
        more = more.filter(pl.col(self._day).is_not_null())
        self._rest = more if self._rest is None else pl.concat([self._rest, more])

    def due(self, day: date) -> pl.DataFrame:
        """What a night tells: whatever is due by then and has not been told."""
        if self._rest is None:
            raise LookupError("nothing was ever added")
        is_due = pl.col(self._day) <= day
        told, self._rest = self._rest.filter(is_due), self._rest.filter(~is_due)
        return told

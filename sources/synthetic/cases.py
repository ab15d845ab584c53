"""Cases that a system delivers on the day they begin and again on the day they end."""

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

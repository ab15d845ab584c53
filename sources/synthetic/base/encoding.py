"""Encodes rows as the bytes of a file, part by part, so that a whole register is never in memory as text."""

from collections.abc import Iterator
from typing import Any

import polars as pl

_PART_ROWS = 50_000


def delimited(frame: pl.DataFrame, encoding: str = "utf-8", **form: Any) -> Iterator[bytes]:
    """Delimited lines; `form` has options of `write_csv`. Characters that the encoding lacks become question marks.

    The header is in capitals.
    """
    named = frame.rename(str.upper)
    yield from _parts(named.clear(), encoding, **form)
    yield from _parts(named, encoding, include_header=False, **{k: v for k, v in form.items() if k != "include_bom"})


def lines(column: pl.Series, encoding: str, end: str = "\r\n") -> Iterator[bytes]:
    """The texts of a column as lines; a character that the encoding lacks is an error."""
    form: dict[str, Any] = {"include_header": False, "quote_style": "never", "line_terminator": end}
    return _parts(column.to_frame(), encoding, errors="strict", **form)


def json_lines(frame: pl.DataFrame, is_broken: pl.Series) -> Iterator[bytes]:
    """One object per line, with null for missing values; broken lines end in the middle."""
    starts = [*is_broken.fill_null(False).arg_true(), frame.height]
    first = 0
    for broken in starts:
        for part in frame[first:broken].iter_slices(_PART_ROWS):
            yield part.write_ndjson().encode("utf-8")
        if broken < frame.height:
            line = frame[broken : broken + 1].write_ndjson()
            yield f"{line[: len(line) // 2]}\n".encode()
        first = broken + 1


def _parts(frame: pl.DataFrame, encoding: str, errors: str = "replace", **form: Any) -> Iterator[bytes]:
    for part in [frame] if frame.is_empty() else frame.iter_slices(_PART_ROWS):
        text = part.write_csv(**form)
        yield text.encode(encoding, errors)

"""Splits delimited text into cells, all lines of the usual form at once.

A usual line has as many cells as the header. Each cell is completely in quotes, with its own quotes doubled, or has no
quote. `delimited.py` splits all other lines.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sources.parsing.streams.lines import Codes, Flags, Lines, Places, places

_LF, _CR, _QUOTE, _BLANK = ord("\n"), ord("\r"), ord('"'), ord(" ")
# First bytes in UTF-8 of white space outside ASCII. Its last bytes are above 0x80, like those of letters after 0xC3.
_MAY_BE_WHITE = (0xC2, 0xE1, 0xE2, 0xE3)
_LATIN = 0xC3


@dataclass(frozen=True)
class _Marks:
    """Byte positions in a text: delimiters between cells, and the second of two quotes in a cell.

    The lines with an `odd` mark are unusual.
    """

    delimiters: Places
    doubled: Places
    odd: Places


def cell_columns(width: int) -> dict[str, pa.DataType]:
    """The columns that `cells_of` adds to lines."""
    return {"is_usual": pa.bool_(), "cells": pa.list_(pa.large_string(), width)}


def cells_of(lines: Lines, width: int, delimiter: str, *, is_quoted: bool) -> dict[str, pa.Array]:
    """Whether each line is usual, and its trimmed cells; the cells of an unusual line are empty.

    Args:
        lines: to split.
        width: the number of cells in the header.
        delimiter: one character.
        is_quoted: whether cells may be in quotes.
    """
    codes = lines.codes
    marks = _marks(lines, ord(delimiter), is_quoted=is_quoted)
    counts = np.diff(np.searchsorted(marks.delimiters, lines.offsets))
    is_usual = counts == width - 1
    is_usual[np.searchsorted(lines.offsets, marks.odd, side="right") - 1] = False
    begins, ends = _bounds(lines, is_usual, marks.delimiters[np.repeat(is_usual, counts)], width)
    if is_quoted:
        is_between_quotes = (codes[begins] == _QUOTE) & (begins < ends)
        begins, ends = begins + is_between_quotes, ends - is_between_quotes
    _trim(codes, begins, ends)
    is_clear = ~_may_be_white(codes, begins, ends).any(axis=1)
    is_usual[is_usual] = is_clear
    begins, ends = begins[is_clear].ravel(), ends[is_clear].ravel()
    is_kept = _between(begins, ends, len(codes))
    is_kept[marks.doubled] = False
    lengths = np.zeros((lines.count, width), dtype=np.int64)
    lengths[is_usual] = (ends - begins - np.diff(np.searchsorted(marks.doubled, [begins, ends]), axis=0)).reshape(
        -1, width
    )
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    text = pa.py_buffer(codes[is_kept])
    values = pa.LargeStringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), text)
    return {"is_usual": pa.array(is_usual), "cells": pa.FixedSizeListArray.from_arrays(values, width)}


def _marks(lines: Lines, delimiter: int, *, is_quoted: bool) -> _Marks:
    """Find delimiters and quotes. A delimiter in quotes is text; a quote around a cell has no quote beside it."""
    codes, none = lines.codes, np.empty(0, dtype=np.int64)
    delimiters = places(codes, lambda part: part == delimiter)
    line_ends = _odd_line_ends(lines)
    quotes = places(codes, lambda part: part == _QUOTE) if is_quoted else none
    if not len(quotes):
        return _Marks(delimiters, none, line_ends)
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening > 0, codes[opening - 1], _LF)
    after = codes[np.minimum(closing + 1, len(codes) - 1)]
    # A CR ends the line only if an LF follows.
    after = np.where((after == _CR) & (codes[np.minimum(closing + 2, len(codes) - 1)] == _LF), _LF, after)
    is_odd = [~np.isin(side, (delimiter, _LF, _QUOTE)) for side in (before, after)]
    unclosed = quotes[-1:] if len(quotes) % 2 else none
    return _Marks(
        delimiters[np.searchsorted(quotes, delimiters) % 2 == 0],
        opening[before == _QUOTE],
        np.concatenate([opening[is_odd[0]], closing[is_odd[1]], unclosed, line_ends]),
    )


def _odd_line_ends(lines: Lines) -> Places:
    """Ends of lines with more than one CR."""
    ends = lines.offsets[1:] - 1
    ends = ends[ends > 1]
    is_odd: Flags = (lines.codes[ends - 1] == _CR) & (lines.codes[ends - 2] == _CR)
    return ends[is_odd]


def _bounds(lines: Lines, is_usual: Flags, delimiters: Places, width: int) -> tuple[Places, Places]:
    """The first and last positions of each cell of the usual lines, one row per line."""
    line_ends = lines.offsets[1:][is_usual] - 1
    line_ends -= (line_ends > 0) & (lines.codes[line_ends - 1] == _CR)
    between = delimiters.reshape(len(line_ends), width - 1)
    begins = np.column_stack([lines.offsets[:-1][is_usual], between + 1])
    return begins, np.column_stack([between, line_ends])


def _trim(codes: Codes, begins: Places, ends: Places) -> None:
    """Move the bounds of cells past blanks."""
    first, last = begins.ravel(), ends.ravel()
    at = np.flatnonzero(codes[first] == _BLANK)
    while len(at := at[(first[at] < last[at]) & (codes[first[at]] == _BLANK)]):
        first[at] += 1
    at = np.flatnonzero(codes[last - 1] == _BLANK)
    while len(at := at[(first[at] < last[at]) & (codes[last[at] - 1] == _BLANK)]):
        last[at] -= 1


def _may_be_white(codes: Codes, begins: Places, ends: Places) -> Flags:
    """Whether a cell may begin or end with white space outside ASCII, which DuckDB trims, too."""
    last = codes[ends - 1]
    ends_white = (last >= 0x80) & (codes[ends - 2] != _LATIN)
    may_be_white: Flags = (begins < ends) & (ends_white | np.isin(codes[begins], _MAY_BE_WHITE))
    return may_be_white


def _between(begins: Places, ends: Places, length: int) -> Flags:
    """Flags of the bytes that are in a cell."""
    steps = np.zeros(length, dtype=np.int8)
    is_filled = begins < ends
    steps[begins[is_filled]] = 1
    steps[ends[is_filled]] = -1
    is_in_cell: npt.NDArray[np.int8] = np.cumsum(steps, dtype=np.int8)
    return is_in_cell.view(np.bool_)

"""Lines of delimited text cut into cells, all lines at once, where they are of the usual form.

A usual line has the header's number of cells; each is quoted whole, its quotes doubled, or holds no quote. Any other
line is left to `delimited.py`.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sources.readers.lines import Flags, Lines, Places, places

_LF, _CR, _QUOTE, _BLANK = ord("\n"), ord("\r"), ord('"'), ord(" ")


@dataclass(frozen=True)
class _Marks:
    """Where the marks of a text stand: `ends` of cells within a line, `blanks` that are no part of any cell's text.

    `odd` are quotes that do not stand where the quotes of a cell do.
    """

    ends: Places
    blanks: Places
    odd: Places


def cell_columns(width: int) -> dict[str, pa.DataType]:
    """The columns that `cells_of` adds to lines."""
    return {"is_usual": pa.bool_(), "cells": pa.list_(pa.large_string(), width)}


def cells_of(lines: Lines, width: int, delimiter: str, *, is_quoted: bool) -> dict[str, pa.Array]:
    """Whether each line is usual, and its cells: blanks round the text, quotes in it still doubled."""
    marks = (_quoted if is_quoted else _plain)(lines, ord(delimiter))
    is_usual = np.diff(np.searchsorted(marks.ends, lines.offsets)) == width - 1
    is_usual[_line_of(lines, marks.odd)] = False
    starts = np.repeat(lines.offsets[:-1], width).reshape(-1, width)
    line_of_end = np.repeat(np.arange(lines.count), np.diff(np.searchsorted(marks.ends, lines.offsets)))
    starts[is_usual, 1:] = marks.ends[is_usual[line_of_end]].reshape(is_usual.sum(), width - 1) + 1
    text = lines.codes.copy()
    text[marks.blanks] = _BLANK
    offsets = np.append(starts.ravel(), len(text))
    values = pa.LargeStringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(text))
    return {"is_usual": pa.array(is_usual), "cells": pa.FixedSizeListArray.from_arrays(values, width)}


def _plain(lines: Lines, delimiter: int) -> _Marks:
    ends = places(lines.codes, lambda part: part == delimiter)
    line_ends, odd = _line_ends(lines)
    return _Marks(ends, np.concatenate([ends, line_ends]), odd)


def _quoted(lines: Lines, delimiter: int) -> _Marks:
    """Within quotes a delimiter is text; the quotes round a cell are those without another one beside them."""
    codes = lines.codes
    quotes = places(codes, lambda part: part == _QUOTE)
    ends = places(codes, lambda part: part == delimiter)
    ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening > 0, codes[opening - 1], _LF)
    after = codes[np.minimum(closing + 1, len(codes) - 1)]
    # A CR is the line's end only before its LF.
    after = np.where((after == _CR) & (codes[np.minimum(closing + 2, len(codes) - 1)] == _LF), _LF, after)
    is_outer_opening, is_outer_closing = (np.isin(side, (delimiter, _LF)) for side in (before, after))
    line_ends, odd_ends = _line_ends(lines)
    odd = [opening[~is_outer_opening & (before != _QUOTE)], closing[~is_outer_closing & (after != _QUOTE)]]
    unclosed = quotes[-1:] if len(quotes) % 2 else quotes[:0]
    blanks = [ends, opening[is_outer_opening], closing[is_outer_closing], line_ends]
    return _Marks(ends, np.concatenate(blanks), np.concatenate([*odd, unclosed, odd_ends]))


def _line_ends(lines: Lines) -> tuple[Places, Places]:
    """Where the LF and CR LF at the ends of lines stand, and the ends with more than one CR."""
    ends = lines.offsets[1:] - 1
    carriage = ends[(ends > 0) & (lines.codes[ends - 1] == _CR)] - 1
    odd = carriage[(carriage > 0) & (lines.codes[carriage - 1] == _CR)]
    return np.concatenate([ends, carriage]), odd


def _line_of(lines: Lines, at: Places) -> Places:
    return np.searchsorted(lines.offsets, at, side="right") - 1

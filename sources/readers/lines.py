"""Any text file as numbered lines; what stands in a line is for the formats' own modules."""

import codecs
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sources.errors import UnreadableExtract

# Stands before a byte that is not of the encoding; such a control character (0x80-0x9F) stands in no extract.
_DAMAGE = "\x80"
# So much of a file at a time: what is made of it on the way stays in the processor's cache.
_STRETCH = 1 << 20

Codes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]


def numbered_lines(content: bytes, encoding: str, *, is_quoted: bool = False) -> pa.Table:
    """Rows of (line_number from 1, line without its end as text, is_damaged: it holds bytes not of the encoding).

    A damaged line keeps each such byte as the character of its number, behind U+0080. Empty lines are no rows.
    Where text is quoted, a line goes on as long as a double quote is open.

    Raises:
        UnreadableExtract: an encoding of one byte a letter is expected, and the whole is UTF-8.
    """
    codecs.register_error("mark_damage", _mark_damage)
    data = content.removeprefix(codecs.BOM_UTF8)
    if data.isascii():
        text = data
    else:
        if encoding != "utf-8" and _is_utf8(data):
            raise UnreadableExtract(f"it is in UTF-8, {encoding} is expected")
        text = data.decode(encoding, "mark_damage").encode()
    codes = np.frombuffer(text, dtype=np.uint8)
    offsets = _line_offsets(text, codes, is_quoted=is_quoted)
    count = len(offsets) - 1
    lines = pa.LargeStringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(text))
    table = pa.table(
        {
            "line_number": np.arange(1, count + 1, dtype=np.int64),
            "line": pc.ascii_rtrim(lines, "\r\n"),
            "is_damaged": _holds_control_characters(codes, offsets),
        }
    )
    is_empty = pc.equal(pc.binary_length(table["line"]), 0)
    return table.filter(pc.invert(is_empty)) if pc.any(is_empty).as_py() else table


def lines_as_bytes(content: bytes) -> pa.LargeBinaryArray:
    """Every line as it came, with its end; the line of number n is at n - 1."""
    data = content.removeprefix(codecs.BOM_UTF8)
    offsets = _line_offsets(data, np.frombuffer(data, dtype=np.uint8), is_quoted=False)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(offsets) - 1, buffers)


def _line_offsets(data: bytes, codes: Codes, *, is_quoted: bool) -> Places:
    """Where each line begins, and where the last one ends."""
    ends = _places(codes, lambda part: part == ord("\n")) + 1
    if is_quoted:
        quotes = _places(codes, lambda part: part == ord('"'))
        ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
    # What an open quote keeps from ending is a line, too.
    unended = [len(data)] if len(data) > (ends[-1] if len(ends) else 0) else []
    return np.concatenate([[0], ends, unended]).astype(np.int64)


def _places(codes: Codes, is_wanted: Callable[[Codes], npt.NDArray[np.bool_]]) -> Places:
    """Where the bytes stand of which something holds."""
    starts = range(0, len(codes), _STRETCH)
    found = [start + np.flatnonzero(is_wanted(codes[start : start + _STRETCH])) for start in starts]
    return np.concatenate([np.empty(0, dtype=np.int64), *found])


def _is_utf8(data: bytes) -> bool:
    """Read as an encoding of one byte a letter, UTF-8 raises nothing; the other way round hardly any text passes."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _mark_damage(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(_DAMAGE + chr(byte) for byte in error.object[error.start : error.end]), error.end


def _holds_control_characters(codes: Codes, offsets: Places) -> npt.NDArray[np.bool_]:
    """Per line; in UTF-8, U+0080 to U+009F are 0xC2 followed by 0x80 to 0x9F."""
    found = np.zeros(len(offsets) - 1, dtype=np.bool_)
    upper = _places(codes[:-1], lambda part: part == 0xC2)
    upper = upper[codes[upper + 1] < 0xA0]
    lower = _places(
        codes, lambda part: (part < 0x20) & (part != 0x0A) & (part != 0x0D) & (part != 0x09) | (part == 0x7F)
    )
    for places in (upper, lower):
        found[np.searchsorted(offsets, places, side="right") - 1] = True
    return found

"""Any text file as numbered lines, in batches; what stands in a line is for the formats' own modules."""

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sources.base.errors import UnreadableExtract
from sources.parsing.streams.reading import Original
from sources.parsing.streams.stretches import Bytes, whole_lines

# Stands before a byte that is not of the encoding; such a control character (0x80-0x9F) stands in no extract.
_DAMAGE = "\x80"
# So many bytes at a time: what is made of them on the way stays in the processor's cache.
_SLICE = 1 << 20

Codes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LINE_COLUMNS = {"line_number": pa.int64(), "line": pa.large_string(), "is_damaged": pa.bool_()}


@dataclass(frozen=True)
class Lines:
    """Some lines of a file: `raw` as they came, `text` in UTF-8, with the places where each line of `text` begins.

    The last of `offsets` is the end of the last line; `numbers` are those of the lines in the file, whose empty lines
    are left out. A damaged line (`is_damaged`) keeps each byte that is not of the encoding as the character of its
    number, behind U+0080.
    """

    raw: bytes
    text: bytes
    codes: Codes
    offsets: Places
    numbers: Places

    @property
    def count(self) -> int:
        """How many lines these are."""
        return len(self.offsets) - 1

    def batch(self, fields: dict[str, pa.Array]) -> pa.RecordBatch:
        """Rows of (line_number from 1, line without its end, is_damaged) and more columns; empty lines are no rows."""
        lines = pa.LargeStringArray.from_buffers(self.count, pa.py_buffer(self.offsets), pa.py_buffer(self.text))
        line = pc.ascii_rtrim(lines, "\r\n")
        is_damaged = _holds_control_characters(self.codes, self.offsets)
        columns = {"line_number": pa.array(self.numbers), "line": line, "is_damaged": pa.array(is_damaged)} | fields
        batch = pa.RecordBatch.from_pydict(columns)
        is_empty = pc.equal(pc.binary_length(line), 0)
        return batch.filter(pc.invert(is_empty)) if pc.any(is_empty).as_py() else batch


def lines_of(original: Original, encoding: str, *, is_quoted: bool = False) -> Iterator[Lines]:
    """The lines of a file in order, some at a time.

    Raises:
        UnreadableExtract: a line is longer than any line of an extract.
    """
    with original.open() as file:
        yield from lines_in(file, encoding, is_quoted=is_quoted)


def lines_in(file: Bytes, encoding: str, *, is_quoted: bool = False) -> Iterator[Lines]:
    """The lines of an open file, as `lines_of` has them."""
    codecs.register_error("mark_damage", _mark_damage)
    number = 1
    for whole in whole_lines(file, is_quoted=is_quoted):
        raw, numbers, count = _without_empty(whole, number, is_quoted=is_quoted)
        number += count
        if raw:
            text = raw if raw.isascii() else raw.decode(encoding, "mark_damage").encode()
            codes = np.frombuffer(text, dtype=np.uint8)
            yield Lines(raw, text, codes, line_offsets(codes, is_quoted=is_quoted), numbers)


def _without_empty(raw: bytes, first_number: int, *, is_quoted: bool) -> tuple[bytes, Places, int]:
    """The lines that are not empty, the number of each, and how many lines there are in all.

    There may be millions of empty ones, which are not worth a look at their fields.
    """
    codes = np.frombuffer(raw, dtype=np.uint8)
    offsets = line_offsets(codes, is_quoted=is_quoted)
    count = len(offsets) - 1
    numbers = np.arange(first_number, first_number + count, dtype=np.int64)
    is_empty = (codes[offsets[:-1]] == ord("\n")) | ((np.diff(offsets) == 2) & (codes[offsets[:-1]] == ord("\r")))
    if is_empty.any():
        raw = codes[np.repeat(~is_empty, np.diff(offsets))].tobytes()
    return raw, numbers[~is_empty], count


def require_one_byte_letters(original: Original, encoding: str) -> None:
    """Read as an encoding of one byte a letter, UTF-8 raises nothing; the other way round hardly any text passes.

    Raises:
        UnreadableExtract: the whole file is UTF-8.
    """
    is_ascii = True
    with original.open() as file:
        for raw in whole_lines(file):
            is_ascii = is_ascii and raw.isascii()
            if not is_ascii and not _is_utf8(raw):
                return
    if not is_ascii:
        raise UnreadableExtract(f"it is in UTF-8, {encoding} is expected")


def places(codes: Codes, is_wanted: Callable[[Codes], Flags]) -> Places:
    """Where the bytes stand of which something holds."""
    starts = range(0, len(codes), _SLICE)
    found = [start + np.flatnonzero(is_wanted(codes[start : start + _SLICE])) for start in starts]
    return np.concatenate([np.empty(0, dtype=np.int64), *found])


def line_offsets(codes: Codes, *, is_quoted: bool = False) -> Places:
    """Where each line begins, and where the last one ends."""
    ends = places(codes, lambda part: part == ord("\n")) + 1
    if is_quoted:
        quotes = places(codes, lambda part: part == ord('"'))
        ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
    # What an open quote keeps from ending is a line, too.
    unended = [len(codes)] if len(codes) > (ends[-1] if len(ends) else 0) else []
    return np.concatenate([[0], ends, unended]).astype(np.int64)


def holds_left_behind(raw: bytes, offsets: Places) -> Flags:
    """Per line, as it came, whether it holds a CR before its end, or the three bytes of a byte order mark."""
    codes = np.frombuffer(raw, dtype=np.uint8)
    found = np.zeros(len(offsets) - 1, dtype=np.bool_)
    returns = places(codes[:-1], lambda part: part == ord("\r"))
    returns = returns[(codes[returns + 1] != ord("\n")) & (codes[returns + 1] != ord("\r"))]
    marks = places(codes[:-2], lambda part: part == codecs.BOM_UTF8[0])
    marks = marks[(codes[marks + 1] == codecs.BOM_UTF8[1]) & (codes[marks + 2] == codecs.BOM_UTF8[2])]
    for left in (returns, marks):
        found[np.searchsorted(offsets, left, side="right") - 1] = True
    return found


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _mark_damage(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(_DAMAGE + chr(byte) for byte in error.object[error.start : error.end]), error.end


def _holds_control_characters(codes: Codes, offsets: Places) -> Flags:
    """Per line; in UTF-8, U+0080 to U+009F are 0xC2 followed by 0x80 to 0x9F."""
    found = np.zeros(len(offsets) - 1, dtype=np.bool_)
    upper = places(codes[:-1], lambda part: part == 0xC2)
    upper = upper[codes[upper + 1] < 0xA0]
    lower = places(
        codes, lambda part: (part < 0x20) & (part != 0x0A) & (part != 0x0D) & (part != 0x09) | (part == 0x7F)
    )
    for damaged in (upper, lower):
        found[np.searchsorted(offsets, damaged, side="right") - 1] = True
    return found

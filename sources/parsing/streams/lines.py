"""Reads any text file as numbered lines, in batches; the readers split the lines."""

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

# Marks a byte that is not valid in the encoding; no good extract has such a control character (0x80-0x9F).
_DAMAGE = "\x80"
# Bytes processed at a time: intermediate results fit into the processor's cache.
_SLICE = 1 << 20

Codes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LINE_COLUMNS = {"line_number": pa.int64(), "line": pa.large_string(), "is_damaged": pa.bool_()}


@dataclass(frozen=True)
class Lines:
    """Some lines of a file: `raw` bytes as in the file, `text` in UTF-8, `codes` the bytes of `text`.

    `offsets` has the beginning of each line in `text`, and the end of the last one. `numbers` has the line numbers in
    the file; empty lines are left out. In a damaged line, each byte that is not valid in the encoding becomes U+0080
    and the character with the byte's number.
    """

    raw: bytes
    text: bytes
    codes: Codes
    offsets: Places
    numbers: Places

    @property
    def count(self) -> int:
        """The number of lines."""
        return len(self.offsets) - 1

    def batch(self, fields: dict[str, pa.Array]) -> pa.RecordBatch:
        """One row per line that is not empty: line_number (from 1), line without its end, is_damaged, and `fields`."""
        lines = pa.LargeStringArray.from_buffers(self.count, pa.py_buffer(self.offsets), pa.py_buffer(self.text))
        line = pc.ascii_rtrim(lines, "\r\n")
        is_damaged = _holds_control_characters(self.codes, self.offsets)
        columns = {"line_number": pa.array(self.numbers), "line": line, "is_damaged": pa.array(is_damaged)} | fields
        batch = pa.RecordBatch.from_pydict(columns)
        is_empty = pc.equal(pc.binary_length(line), 0)
        return batch.filter(pc.invert(is_empty)) if pc.any(is_empty).as_py() else batch


def lines_of(original: Original, encoding: str, *, is_quoted: bool = False) -> Iterator[Lines]:
    """Read the lines of a file in order, some at a time.

    Raises:
        UnreadableExtract: a line is longer than `LONGEST_BYTES`.
    """
    with original.open() as file:
        yield from lines_in(file, encoding, is_quoted=is_quoted)


def lines_in(file: Bytes, encoding: str, *, is_quoted: bool = False) -> Iterator[Lines]:
    """Read the lines of an open file, as `lines_of` does."""
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
    """The lines that are not empty, their numbers, and the number of all lines.

    There may be millions of empty lines; they are removed before the fields are read.
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
    """Check that a file in an encoding with one byte per letter is not UTF-8.

    UTF-8 read in such an encoding raises no error. Text in such an encoding is almost never valid UTF-8.

    Raises:
        UnreadableExtract: the whole file is valid UTF-8, and not only ASCII.
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
    """The positions of the bytes for which `is_wanted` is true."""
    starts = range(0, len(codes), _SLICE)
    positions = [start + np.flatnonzero(is_wanted(codes[start : start + _SLICE])) for start in starts]
    return np.concatenate([np.empty(0, dtype=np.int64), *positions])


def line_offsets(codes: Codes, *, is_quoted: bool = False) -> Places:
    """The positions where each line begins, and where the last one ends."""
    ends = places(codes, lambda part: part == ord("\n")) + 1
    if is_quoted:
        quotes = places(codes, lambda part: part == ord('"'))
        ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
    # The text after the last line end, as in an open quote, is a line, too.
    unended = [len(codes)] if len(codes) > (ends[-1] if len(ends) else 0) else []
    return np.concatenate([[0], ends, unended]).astype(np.int64)


def holds_left_behind(raw: bytes, offsets: Places) -> Flags:
    """For each line, whether it has a CR before its end, or a byte order mark."""
    codes = np.frombuffer(raw, dtype=np.uint8)
    flags = np.zeros(len(offsets) - 1, dtype=np.bool_)
    returns = places(codes[:-1], lambda part: part == ord("\r"))
    returns = returns[(codes[returns + 1] != ord("\n")) & (codes[returns + 1] != ord("\r"))]
    marks = places(codes[:-2], lambda part: part == codecs.BOM_UTF8[0])
    marks = marks[(codes[marks + 1] == codecs.BOM_UTF8[1]) & (codes[marks + 2] == codecs.BOM_UTF8[2])]
    for left in (returns, marks):
        flags[np.searchsorted(offsets, left, side="right") - 1] = True
    return flags


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
    """For each line; in UTF-8, U+0080 to U+009F are 0xC2 and a byte from 0x80 to 0x9F."""
    flags = np.zeros(len(offsets) - 1, dtype=np.bool_)
    upper = places(codes[:-1], lambda part: part == 0xC2)
    upper = upper[codes[upper + 1] < 0xA0]
    lower = places(
        codes, lambda part: (part < 0x20) & (part != 0x0A) & (part != 0x0D) & (part != 0x09) | (part == 0x7F)
    )
    for damaged in (upper, lower):
        flags[np.searchsorted(offsets, damaged, side="right") - 1] = True
    return flags

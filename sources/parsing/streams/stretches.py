"""The bytes of a file, a stretch at a time: what a file system or a transfer added to the text is left out.

What stands in the bytes is for `lines.py` and the formats' own modules.
"""

import codecs
from collections.abc import Iterator
from typing import Protocol

from sources.base.errors import UnreadableExtract

STRETCH_BYTES = 2 << 20
# The longest line, record or value: an open quote or a file without line ends would fill the memory.
LONGEST_BYTES = 16 << 20
# DOS, CP/M and mainframes end a text with 0x1A, or fill its last block with NUL.
_END_MARKS = b"\x00\x1a"
# A byte order mark, or the beginning of XML without one: of each letter one byte is NUL.
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"<\x00", b"\x00<")


class Bytes(Protocol):
    """What can be read from its beginning, so many bytes at a time."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, fewer only at the end."""


def stretches(file: Bytes) -> Iterator[bytes]:
    """The bytes of a file in order, without end marks (0x1A, NUL) behind its last line; in UTF-16, as they are."""
    held, is_first, is_text = b"", True, True
    while read := file.read(STRETCH_BYTES):
        is_text = is_text and not (is_first and read.startswith(_UTF_16))
        is_first = False
        data = held + read
        # Whether these are end marks is known only at the end of the file.
        end = _first_mark(data) if is_text and len(held) <= LONGEST_BYTES else len(data)
        held = data[end:]
        if end:
            yield data[:end]


def _first_mark(data: bytes) -> int:
    """Where the first end mark stands behind which there is nothing but end marks and line ends."""
    end = len(data.rstrip(_END_MARKS + b"\r\n"))
    return min((place for mark in _END_MARKS if (place := data.find(mark, end)) >= 0), default=len(data))


def whole_lines(file: Bytes, *, is_quoted: bool = False) -> Iterator[bytes]:
    """The lines of a file, as many at a time as a stretch holds, without a byte order mark; each ends with LF.

    Where text is quoted, a line goes on as long as a double quote is open.

    Raises:
        UnreadableExtract: a line is longer than any line of an extract.
    """
    pending, number, is_first = b"", 1, True
    for stretch in stretches(file):
        data = pending + (stretch.removeprefix(codecs.BOM_UTF8) if is_first else stretch)
        is_first = False
        end = _end_of_lines(data, is_quoted=is_quoted)
        if end:
            number += data.count(b"\n", 0, end)
            yield data[:end]
        pending = data[end:]
        if len(pending) > LONGEST_BYTES:
            why = "a quote that is not closed, or no line ends" if is_quoted else "no line ends"
            raise UnreadableExtract(f"its line {number} is longer than {LONGEST_BYTES:,} bytes: {why}")
    if pending:
        yield pending if pending.endswith(b"\n") else pending + b"\n"


def _end_of_lines(data: bytes, *, is_quoted: bool) -> int:
    """Where the last line ends that is whole, 0 where none is."""
    end = data.rfind(b"\n")
    if is_quoted:
        quotes = data.count(b'"', 0, end + 1)
        while end >= 0 and quotes % 2:
            before = data.rfind(b"\n", 0, end)
            quotes -= data.count(b'"', before + 1, end + 1)
            end = before
    return end + 1

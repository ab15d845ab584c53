"""Reads the bytes of a file, a stretch at a time, without bytes that a file system or a transfer added."""

import codecs
from collections.abc import Iterator
from typing import Protocol

from sources.base.errors import UnreadableExtract

STRETCH_BYTES = 2 << 20
# The longest line, record or value: an open quote or a file without line ends would fill the memory.
LONGEST_BYTES = 16 << 20
# DOS, CP/M and mainframes end a text with 0x1A, or fill its last block with NUL.
_END_MARKS = b"\x00\x1a"
# Beginnings of UTF-16: a byte order mark, or XML without one; there, each ASCII letter has a NUL byte.
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"<\x00", b"\x00<")


class Bytes(Protocol):
    """A stream of bytes that can be read."""

    def read(self, size: int, /) -> bytes:
        """Read the next bytes; fewer than `size` only at the end."""


def stretches(file: Bytes) -> Iterator[bytes]:
    """The bytes of a file in order, without end marks (0x1A, NUL) after its last line; UTF-16 is not changed."""
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
    """The position of the first end mark that only end marks and line ends follow."""
    end = len(data.rstrip(_END_MARKS + b"\r\n"))
    return min((place for mark in _END_MARKS if (place := data.find(mark, end)) >= 0), default=len(data))


def whole_lines(file: Bytes, *, is_quoted: bool = False) -> Iterator[bytes]:
    """The complete lines of each stretch of a file, without a byte order mark; each line ends with LF.

    In quoted text, a line continues while a double quote is open.

    Raises:
        UnreadableExtract: a line is longer than `LONGEST_BYTES`.
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
            cause = "a quote that is not closed, or no line ends" if is_quoted else "no line ends"
            raise UnreadableExtract(f"its line {number} is longer than {LONGEST_BYTES:,} bytes: {cause}")
    if pending:
        yield pending if pending.endswith(b"\n") else pending + b"\n"


def _end_of_lines(data: bytes, *, is_quoted: bool) -> int:
    """The end of the last complete line; 0 if there is none."""
    end = data.rfind(b"\n")
    if is_quoted:
        quotes = data.count(b'"', 0, end + 1)
        while end >= 0 and quotes % 2:
            before = data.rfind(b"\n", 0, end)
            quotes -= data.count(b'"', before + 1, end + 1)
            end = before
    return end + 1

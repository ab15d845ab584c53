"""Finds the first fault of a CSV file that can't be read: the line number and what is wrong, never a value."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

_CHUNK = 1 << 20
# The characters that `surrogateescape` makes of bytes that are not UTF-8.
_NO_UTF_8 = re.compile("[\udc80-\udcff]")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_LINE_END = re.compile(rb"\r\n?")


def find_fault(path: Path, delimiter: str, columns: int) -> str | None:
    """The first fault of a file as text, or None.

    Args:
        path: of the file.
        delimiter: between its fields.
        columns: how many its header has.
    """
    with path.open("rb") as file:
        if file.read(2) in _UTF_16:
            return "it is UTF-16; save it as CSV in UTF-8"
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as handle:
        for number, line in enumerate(handle, 1):
            if _NO_UTF_8.search(line):
                return f"line {number} is not UTF-8 (Latin-1 or Windows-1252 perhaps); save the file as CSV in UTF-8"
        handle.seek(0)
        return _first_bad_record(handle, delimiter, columns)


def _first_bad_record(handle: TextIO, delimiter: str, columns: int) -> str | None:
    quoted_within = re.compile(rf'(?:^|{re.escape(delimiter)})[^"{re.escape(delimiter)}\r\n]+"')
    lines: list[str] = []
    reader = csv.reader(_kept(handle, lines), delimiter=delimiter, strict=True)
    first = 1
    while True:
        lines.clear()
        try:
            fields = next(reader)
        except StopIteration:
            return None
        except csv.Error:
            # A quoted field may have many lines: the fault is where it begins.
            return (
                f"line {first} has a quote within a field or a quoted field without an end; "
                "put the field in quotes and double each quote in it"
            )
        if fields and columns and len(fields) != columns:
            within = quoted_within.search("".join(lines))
            cause = "has a quote within a field, and " if within else "has "
            return (
                f"line {first} {cause}{len(fields)} columns where the header has {columns}; "
                "put a field with a delimiter or a quote in quotes and double each quote in it"
            )
        first = reader.line_num + 1


def _kept(handle: TextIO, lines: list[str]) -> Iterator[str]:
    for line in handle:
        lines.append(line)
        yield line


def has_mixed_line_ends(path: Path) -> bool:
    """Whether lines of a file end in more than one way, of CR LF, LF and CR."""
    both, feeds, returns, last = 0, 0, 0, b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            both += chunk.count(b"\r\n") + (last == b"\r" and chunk[:1] == b"\n")
            feeds += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            last = chunk[-1:]
    return sum((both > 0, feeds > both, returns > both)) > 1


def write_plain_line_ends(path: Path, copy: Path) -> None:
    """Copy a file with LF at the end of each line."""
    with path.open("rb") as file, copy.open("wb") as plain:
        held = b""
        while chunk := file.read(_CHUNK):
            chunk = held + chunk
            held = b"\r" if chunk.endswith(b"\r") else b""
            plain.write(_LINE_END.sub(b"\n", chunk.removesuffix(held)))
        plain.write(_LINE_END.sub(b"\n", held))

"""Published lists of a draw, read back as they were written or as a spreadsheet saved them, held against their seed.

How an order is drawn is for `draw.py`. A spreadsheet puts semicolons or tabs, a byte order mark, other line ends or
another encoding; what it may not change is a value.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from exports.delivery.writers import csv_text
from exports.lottery.draw import (
    LIST_COLUMNS,
    RESULT_COLUMNS,
    Application,
    DrawError,
    draw,
    list_rows,
    result_rows,
)


@dataclass(frozen=True)
class Verified:
    """How many applications a list has that is right, and which of the files are not byte for byte what was written."""

    applications: int
    saved_anew: tuple[str, ...]


@dataclass(frozen=True)
class _File:
    """A list's columns, its rows below them, each with the line it ends on, and what it is byte for byte."""

    name: str
    columns: tuple[str, ...]
    rows: list[tuple[int, list[str]]]
    content: bytes

    def is_saved_anew(self) -> bool:
        """Whether another program wrote it than the one that made the list."""
        rows = [row[: len(self.columns)] for _, row in self.rows]
        return self.content != csv_text(self.columns, rows).encode()


def verify(path: Path, seed: str, list_path: Path | None = None) -> Verified:
    """Hold published results against their seed, with nothing else.

    With the list that was published before the draw, a number that was left out or added at the end is found, too.

    Raises:
        DrawError: they are no results, not what the seed gives, or not of that list.
    """
    files = [_read(path, RESULT_COLUMNS)]
    applications = [_application(path.name, *row) for row in files[0].rows]
    if list_path is not None:
        files.append(_read(list_path, LIST_COLUMNS))
        if sorted(row for _, row in files[1].rows) != list_rows(applications):
            raise DrawError(f"{path.name} does not have the applications of {list_path.name}; ask who published it")
    for (line, row), expected in zip(files[0].rows, result_rows(draw(applications, seed)), strict=True):
        if row != expected:
            raise DrawError(
                f"{path.name} is not the result of this seed: line {line} differs; ask who published it"
                + (" for the original file: another program saved this one" if files[0].is_saved_anew() else "")
            )
    return Verified(len(applications), tuple(one.name for one in files if one.is_saved_anew()))


def _read(path: Path, columns: tuple[str, ...]) -> _File:
    """A list, whatever its delimiter, encoding and line ends.

    Raises:
        DrawError: it has other columns, or a line has more or fewer.
    """
    content = path.read_bytes()
    text = _decoded(content, path.name)
    delimiter, found = _head(next(iter(text.splitlines()), ""), columns)
    if not found:
        raise DrawError(f"{path.name} is not a list of a draw: its first line must be {','.join(columns)}")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        next(reader)
        for row in reader:
            if not any(row):
                continue  # an empty line, or one of delimiters alone, at a spreadsheet's end
            if len(row) != len(found):
                raise DrawError(
                    f"{path.name}, line {reader.line_num}: it must have all columns of the list and no other"
                )
            rows.append((reader.line_num, [*row, *[""] * (len(columns) - len(found))]))
    except csv.Error:
        raise DrawError(f"{path.name}, line {reader.line_num}: a quotation mark is not closed") from None
    return _File(path.name, found, rows, content)


def _head(line: str, columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The delimiter and the columns of a first line; those of before an application could be drawn as another, too."""
    for delimiter in ",;\t":
        found = tuple(one.strip('" ') for one in line.split(delimiter))
        if found in (columns, columns[:-1]):
            return delimiter, found
    return "", ()


def _decoded(content: bytes, name: str) -> str:
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if is_wide else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DrawError(f"{name} is not text in UTF-8, UTF-16 or Windows-1252: save it as CSV in UTF-8")


def _application(name: str, line: int, row: list[str]) -> Application:
    of = dict(zip(RESULT_COLUMNS, row, strict=True))
    if not of["places"].isdecimal():
        raise DrawError(f"{name}, line {line}: places must be a whole number")
    return Application(
        of["application_number"], of["place"], of["turn"], int(of["places"]), of["document"], of["drawn_as"]
    )

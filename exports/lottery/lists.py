"""Reads published lists of a lottery, also if a spreadsheet has saved them, and checks them with their seed.

A spreadsheet may change delimiter, byte order mark, line ends and encoding, but no value. `draw.py` draws the order.
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
    """The number of applications in a correct list, and the names of files that another program saved."""

    applications: int
    saved_anew: tuple[str, ...]


@dataclass(frozen=True)
class _File:
    """A list: its columns, its rows with the number of the line where each ends, and the file's bytes."""

    name: str
    columns: tuple[str, ...]
    rows: list[tuple[int, list[str]]]
    content: bytes

    def is_saved_anew(self) -> bool:
        """Whether another program than Fil has saved the file."""
        rows = [row[: len(self.columns)] for _, row in self.rows]
        return self.content != csv_text(self.columns, rows).encode()


def verify(path: Path, seed: str, list_path: Path | None = None) -> Verified:
    """Check published results with their seed.

    If the list that was published before is given, too, missing and added applications are found.

    Raises:
        DrawError: the file is not a list of results, or differs from the seed's results or from the list.
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
    return Verified(len(applications), tuple(file.name for file in files if file.is_saved_anew()))


def _read(path: Path, columns: tuple[str, ...]) -> _File:
    """Read a list with any usual delimiter, encoding and line ends.

    Raises:
        DrawError: the columns differ, or a line has more or fewer values.
    """
    content = path.read_bytes()
    text = _decoded(content, path.name)
    delimiter, file_columns = _head(next(iter(text.splitlines()), ""), columns)
    if not file_columns:
        raise DrawError(f"{path.name} is not a list of a draw: its first line must be {','.join(columns)}")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        next(reader)
        for row in reader:
            if not any(row):
                continue  # an empty line, or only delimiters, at the end of a spreadsheet
            if len(row) != len(file_columns):
                raise DrawError(
                    f"{path.name}, line {reader.line_num}: it must have all columns of the list and no other"
                )
            rows.append((reader.line_num, [*row, *[""] * (len(columns) - len(file_columns))]))
    except csv.Error:
        raise DrawError(f"{path.name}, line {reader.line_num}: a quotation mark is not closed") from None
    return _File(path.name, file_columns, rows, content)


def _head(line: str, columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The delimiter and the columns of a first line; lists of earlier versions lack the last column."""
    for delimiter in ",;\t":
        names = tuple(name.strip('" ') for name in line.split(delimiter))
        if names in (columns, columns[:-1]):
            return delimiter, names
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
    values = dict(zip(RESULT_COLUMNS, row, strict=True))
    if not values["places"].isdecimal():
        raise DrawError(f"{name}, line {line}: places must be a whole number")
    return Application(
        values["application_number"],
        values["place"],
        values["turn"],
        int(values["places"]),
        values["document"],
        values["drawn_as"],
    )

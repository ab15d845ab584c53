"""XLSX: one sheet, its header wherever the contract's columns stand in one row, typed cells back to text."""

import re
import unicodedata
from io import BytesIO
from zipfile import ZipFile

import fastexcel
import polars as pl
import pyarrow as pa

from sources.contract import Contract
from sources.errors import UnreadableExtract
from sources.readers.archive import DAMAGE, check_sizes
from sources.sql import identifier

_HEADER_WITHIN_ROWS = 20
# A cell far outside would have every cell before it kept in memory.
_MOST_CELLS = 20_000_000
_CELL = re.compile(rb"<(?:[a-z]+:)?c\s([^>]*)>")
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_IS_ERROR = re.compile(rb"\bt=[\"']e[\"']")
_MIDNIGHT = " 00:00:00"


def read(content: bytes, contract: Contract) -> tuple[pa.Table, str]:
    """The rows, and the query on them: (line_number, line, malformed, every field as trimmed text or null).

    A row's number counts from the first used one, its line is a JSON object by column. Empty rows are no rows.

    Raises:
        UnreadableExtract: the file is no workbook, lacks the contract's sheet, or no row of it names the columns.
    """
    cells = _cells(content, contract)
    header, names = _header(cells, contract)
    columns = {f"cell_{place}": name for place, name in enumerate(names) if name}
    body = cells.with_row_index("line_number", offset=1).slice(header + 1)
    body = body.filter(pl.any_horizontal(pl.exclude("line_number").is_not_null()))
    beyond = [name for name in cells.columns if name not in columns]
    table = body.with_columns(
        line_number=pl.col("line_number").cast(pl.Int64),
        is_beyond=pl.any_horizontal(pl.lit(False), *(pl.col(name).is_not_null() for name in beyond)),
    )
    return table.to_arrow(), _query(columns, contract)


def _cells(content: bytes, contract: Contract) -> pl.DataFrame:
    """Every used cell as text or null, blank ones null, in columns cell_0, cell_1 and so on."""
    sheet = str(contract.delivery.sheet)
    try:
        with ZipFile(BytesIO(content)) as parts:
            check_sizes(parts.infolist())
            for name in parts.namelist():
                if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                    _check_cells(parts.read(name))
        workbook = fastexcel.read_excel(content)
        if sheet not in workbook.sheet_names:
            raise UnreadableExtract(f"it has no sheet {sheet}")
        frame = workbook.load_sheet(sheet, header_row=None, dtypes="string").to_polars()
    except (*DAMAGE, EOFError, OSError, fastexcel.FastExcelError):
        # Its own words may quote a cell.
        raise UnreadableExtract("it is no XLSX workbook") from None
    frame = frame.rename({name: f"cell_{place}" for place, name in enumerate(frame.columns)})
    text = pl.all().str.strip_chars()
    return frame.select(pl.when(text != "").then(text))


def _check_cells(sheet: bytes) -> None:
    """Refuse a sheet whose cells reach too far, or hold an error where a value should be."""
    width = height = 0
    for cell in _CELL.findall(sheet):
        column, row = found.groups() if (found := _PLACE.search(cell)) else (b"", b"0")
        width, height = max(width, _place(column)), max(height, int(row))
        if _IS_ERROR.search(cell):
            raise UnreadableExtract(f"its cell {column.decode()}{row.decode()} holds an error such as #REF! or #DIV/0!")
    if width * height > _MOST_CELLS:
        raise UnreadableExtract(
            f"its cells reach to column {width}, row {height}: delete what stands outside the table"
        )


def _place(column: bytes) -> int:
    """The number of a column, from 1, by its letters."""
    place = 0
    for letter in column:
        place = place * 26 + letter - ord("A") + 1
    return place


def _header(cells: pl.DataFrame, contract: Contract) -> tuple[int, list[str | None]]:
    """The row that names every column of the contract, and the field of each cell in it."""
    expected = {field.name for field in contract.fields}
    for row, values in enumerate(cells.head(_HEADER_WITHIN_ROWS).iter_rows()):
        names = [_field_name(value) for value in values]
        if expected <= set(names):
            named = [name for name in names if name]
            if len(named) != len(expected):
                raise UnreadableExtract(f"its header names {len(named)} columns, {len(expected)} are in the contract")
            return row, names
    raise UnreadableExtract(f"no row of its first {_HEADER_WITHIN_ROWS} names all of the contract's columns")


def _field_name(label: str | None) -> str | None:
    """A label as people write it, under the contract's name: lower case, without accents, one _ between words."""
    plain = unicodedata.normalize("NFKD", label or "").encode("ascii", "ignore").decode().lower()
    return "_".join(plain.replace(".", " ").replace("_", " ").split()) or None


def _query(columns: dict[str, str], contract: Contract) -> str:
    places = {name: cell for cell, name in columns.items()}
    dates = {field.name for field in contract.fields if field.date_format == "iso_date"}
    # A cell that holds a day is given with its midnight.
    picks = ", ".join(
        f"replace({places[field.name]}, '{_MIDNIGHT}', '') as {field.column}"
        if field.name in dates
        else f"{places[field.name]} as {field.column}"
        for field in contract.fields
    )
    told = ", ".join(f"{identifier(name)} := {cell}" for cell, name in columns.items())
    return f"""
    select line_number, cast(to_json(struct_pack({told})) as varchar) as line,
        case when is_beyond then 'bad_field_count' end as malformed, {picks}
    from original"""

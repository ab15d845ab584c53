"""Reads XLSX: one sheet; its header is the first row with all columns of the contract; cells become text."""

import unicodedata
from zipfile import ZipFile

import fastexcel
import polars as pl
from lxml import etree

from sources.base.errors import UnreadableExtract
from sources.base.sql import identifier
from sources.contracts.contract import Contract
from sources.parsing.streams.archive import DAMAGE, check_sizes, is_of_the_machine
from sources.parsing.streams.reading import Original, Reading
from sources.parsing.streams.sheets import check_parts

_HEADER_WITHIN_ROWS = 20
_MIDNIGHT = " 00:00:00"


def read(original: Original, contract: Contract) -> Reading:
    """Read the rows, and give the query on them. Rows are numbered from the first used row; empty rows are left out.

    A row's line is a JSON object by column.

    Raises:
        UnreadableExtract: the file is not a workbook, lacks the contract's sheet, or has no row with all column names.
    """
    cells = _cells(original, contract)
    header, names = _header(cells, contract)
    columns = {f"cell_{position}": name for position, name in enumerate(names) if name}
    body = cells.with_row_index("line_number", offset=1).slice(header + 1)
    body = body.filter(pl.any_horizontal(pl.exclude("line_number").is_not_null()))
    extra = [name for name in cells.columns if name not in columns]
    table = body.with_columns(
        line_number=pl.col("line_number").cast(pl.Int64),
        has_extra=pl.any_horizontal(pl.lit(False), *(pl.col(name).is_not_null() for name in extra)),
    ).to_arrow()
    return Reading(table.schema, iter(table.to_batches()), _query(columns, contract))


def _cells(original: Original, contract: Contract) -> pl.DataFrame:
    """All used cells as text in columns cell_0, cell_1 and so on; blank cells are null."""
    sheet = str(contract.delivery.sheet)
    try:
        with ZipFile(original.path) as parts:
            check_sizes(parts.infolist())
            check_parts(parts, sheet)
        workbook = fastexcel.read_excel(original.path)
        if sheet not in workbook.sheet_names:
            raise UnreadableExtract(f"it has no sheet {sheet}")
        frame = workbook.load_sheet(sheet, header_row=None, dtypes="string").to_polars()
    except (*DAMAGE, EOFError, OSError, KeyError, etree.XMLSyntaxError, fastexcel.FastExcelError) as error:
        if is_of_the_machine(error):
            raise
        # The error's own message may contain a cell.
        raise UnreadableExtract("it is not an XLSX workbook") from None
    frame = frame.rename({name: f"cell_{position}" for position, name in enumerate(frame.columns)})
    text = pl.all().str.strip_chars()
    return frame.select(pl.when(text != "").then(text))


def _header(cells: pl.DataFrame, contract: Contract) -> tuple[int, list[str | None]]:
    """The number of the row that names all columns of the contract, and the field of each of its cells."""
    expected = {field.name for field in contract.fields}
    for row, values in enumerate(cells.head(_HEADER_WITHIN_ROWS).iter_rows()):
        names = [_field_name(value) for value in values]
        if expected <= set(names):
            named = [name for name in names if name]
            if len(named) != len(expected):
                raise UnreadableExtract(f"its header has {len(named)} columns, {len(expected)} are in the contract")
            return row, names
    raise UnreadableExtract(f"none of its first {_HEADER_WITHIN_ROWS} rows has all column names of the contract")


def _field_name(label: str | None) -> str | None:
    """A column label in the form of the contract's names: lower case, no accents, one _ between words."""
    plain = unicodedata.normalize("NFKD", label or "").encode("ascii", "ignore").decode().lower()
    return "_".join(plain.replace(".", " ").replace("_", " ").split()) or None


def _query(columns: dict[str, str], contract: Contract) -> str:
    cells = {name: cell for cell, name in columns.items()}
    dates = {field.name for field in contract.fields if field.date_format == "iso_date"}
    # The library gives a date as a time at midnight.
    picks = ", ".join(
        f"replace({cells[field.name]}, '{_MIDNIGHT}', '') as {field.column}"
        if field.name in dates
        else f"{cells[field.name]} as {field.column}"
        for field in contract.fields
    )
    values = ", ".join(f"{identifier(name)} := {cell}" for cell, name in columns.items())
    return f"""
    select line_number, cast(to_json(struct_pack({values})) as varchar) as line,
        case when has_extra then 'bad_field_count' end as malformed, {picks}
    from original"""

"""Reads delimited text with a header, quoted or not; the columns may have any order.

`cells.py` splits lines of the usual form; this module splits all other lines.
"""

import csv
import re
from collections.abc import Iterator
from io import BytesIO

import pyarrow as pa

from sources.base.errors import UnreadableExtract
from sources.base.sql import literal
from sources.contracts.contract import Contract
from sources.parsing.streams.cells import cell_columns, cells_of
from sources.parsing.streams.lines import LINE_COLUMNS, lines_in, lines_of, require_one_byte_letters
from sources.parsing.streams.reading import Original, Reading

_ZIP = b"PK\x03\x04"
# The header is searched in the first 64 KiB of a file.
_HEAD_BYTES = 1 << 16
# Other delimiters that a row may have by mistake.
_DELIMITERS = (";", ",", "\t", "|")


def read(original: Original, contract: Contract) -> Reading:
    """Read the lines with their cells, and give the query on them.

    Raises:
        UnreadableExtract: the header does not name each of the contract's columns once.
    """
    delivery = contract.delivery
    with original.open() as file:
        if file.read(len(_ZIP)) == _ZIP:
            raise UnreadableExtract("it is a ZIP, but lines of text are expected")
    encoding = str(delivery.encoding)
    if encoding != "utf-8":
        require_one_byte_letters(original, encoding)
    columns = _header(_first_line(original, contract), contract)
    schema = pa.schema(LINE_COLUMNS | cell_columns(len(columns)))
    return Reading(schema, _batches(original, contract, len(columns)), _query(columns, contract))


def _batches(original: Original, contract: Contract, width: int) -> Iterator[pa.RecordBatch]:
    delivery = contract.delivery
    is_first = True
    for lines in lines_of(original, str(delivery.encoding), is_quoted=delivery.is_quoted):
        cells = cells_of(lines, width, str(delivery.delimiter), is_quoted=delivery.is_quoted)
        batch = lines.batch(cells)
        yield batch.slice(1) if is_first else batch
        is_first = False


def _first_line(original: Original, contract: Contract) -> str:
    delivery = contract.delivery
    with original.open() as file:
        head = BytesIO(file.read(_HEAD_BYTES))
    for lines in lines_in(head, str(delivery.encoding), is_quoted=delivery.is_quoted):
        batch = lines.batch({})
        if batch.num_rows:
            return str(batch["line"][0])
    return ""


def _header(first: str, contract: Contract) -> list[str]:
    try:
        names: list[str] = next(csv.reader([first], delimiter=str(contract.delivery.delimiter)), [])
    except csv.Error:
        raise UnreadableExtract("its first line is not a header: lines must end with LF, or CR and LF") from None
    columns = [name.strip().lower() for name in names]
    expected = {field.name for field in contract.fields}
    if len(columns) == 1 and len(expected) > 1:
        raise UnreadableExtract(f"its first line is not a header with {contract.delivery.delimiter} between names")
    if missing := expected - set(columns):
        raise UnreadableExtract(f"its header lacks {', '.join(sorted(missing))}")
    if len(columns) != len(expected):
        extra = [name for name in columns if name not in expected and re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name)]
        detail = f" ({', '.join(extra)} more)" if extra else ""
        raise UnreadableExtract(f"its header has {len(columns)} columns, {len(expected)} are in the contract{detail}")
    return columns


def _query(columns: list[str], contract: Contract) -> str:
    positions = {name: position for position, name in enumerate(columns, start=1)}
    fields = ", ".join(
        f"coalesce(nullif(cells[{positions[field.name]}], ''), nullif(trim(parts[{positions[field.name]}]), '')) "
        f"as {field.column}"
        for field in contract.fields
    )
    # A row with another delimiter, or with damaged quotes, stays quarantined; its values can be read.
    delimiters = ", ".join(map(literal, dict.fromkeys([str(contract.delivery.delimiter), *_DELIMITERS])))
    salvaged = (
        f"list_filter(list_transform([{delimiters}], lambda delimiter: list_transform(string_split(line, delimiter), "
        f"lambda part: trim(part, ' \"\r\n'))), lambda split: len(split) = {len(columns)})[1]"
    )
    return f"""
    select line_number, line,
        case
            when is_damaged then 'bad_encoding'
            when is_bad then 'bad_field_count'
        end as malformed,
        {fields}
    from (
        select * replace (case when is_bad then coalesce({salvaged}, parts) else parts end as parts)
        from (
            select *, coalesce(not is_usual and (not is_whole or len(parts) <> {len(columns)}), false) as is_bad
            from ({_quoted(contract) if contract.delivery.is_quoted else _plain(contract)})
        )
    )"""


def _plain(contract: Contract) -> str:
    delimiter = literal(str(contract.delivery.delimiter))
    return (
        f"select *, case when not is_usual then string_split(line, {delimiter}) end as parts, true as is_whole"
        " from original"
    )


def _quoted(contract: Contract) -> str:
    """A part is either completely in quotes, with its own quotes doubled, or has no quote."""
    delimiter = str(contract.delivery.delimiter)
    pattern = literal(f'[{delimiter}]("(?:[^"]|"")*"|[^"{delimiter}]*)')
    return f"""
    select line_number, line, is_damaged, is_usual, cells,
        length(array_to_string(pieces, '')) = length(line) + 1 as is_whole,
        list_transform(pieces, lambda piece: case when piece[2] = '"'
            then replace(substr(piece, 3, length(piece) - 3), '""', '"') else substr(piece, 2) end) as parts
    from (
        select *, case when not is_usual then regexp_extract_all({literal(delimiter)} || line, {pattern}) end as pieces
        from original
    )"""

"""Delimited text with a header, quoted or not: the contract's columns, in whatever order the header names them."""

import csv
import re

import pyarrow as pa

from sources.contract import Contract
from sources.errors import UnreadableExtract
from sources.readers.lines import numbered_lines
from sources.sql import literal

_ZIP = b"PK\x03\x04"


def read(content: bytes, contract: Contract) -> tuple[pa.Table, str]:
    """The lines, and the query that cuts them: (line_number, line, malformed, every field as trimmed text or null).

    Raises:
        UnreadableExtract: the header does not name the contract's columns, each once.
    """
    delivery = contract.delivery
    if content.startswith(_ZIP):
        raise UnreadableExtract("it is a ZIP, where lines of text are expected")
    lines = numbered_lines(content, str(delivery.encoding), is_quoted=delivery.is_quoted)
    columns = _header(lines, contract)
    return lines.slice(1), _query(columns, contract)


def _header(lines: pa.Table, contract: Contract) -> list[str]:
    first = str(lines["line"][0]) if lines.num_rows else ""
    try:
        names: list[str] = next(csv.reader([first], delimiter=str(contract.delivery.delimiter)), [])
    except csv.Error:
        raise UnreadableExtract("its first line is no header: a line ends with LF, or CR and LF") from None
    columns = [name.strip().lower() for name in names]
    expected = {field.name for field in contract.fields}
    if len(columns) == 1 and len(expected) > 1:
        raise UnreadableExtract(f"its first line is no header with {contract.delivery.delimiter} between names")
    if missing := expected - set(columns):
        raise UnreadableExtract(f"its header lacks {', '.join(sorted(missing))}")
    if len(columns) != len(expected):
        beyond = [name for name in columns if name not in expected and re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name)]
        which = f" ({', '.join(beyond)} more)" if beyond else ""
        raise UnreadableExtract(f"its header names {len(columns)} columns, {len(expected)} are in the contract{which}")
    return columns


def _query(columns: list[str], contract: Contract) -> str:
    places = {name: place for place, name in enumerate(columns, start=1)}
    picks = ", ".join(f"nullif(trim(parts[{places[field.name]}]), '') as {field.column}" for field in contract.fields)
    return f"""
    select line_number, line,
        case
            when is_damaged then 'bad_encoding'
            when not is_whole or len(parts) <> {len(columns)} then 'bad_field_count'
        end as malformed,
        {picks}
    from ({_quoted(contract) if contract.delivery.is_quoted else _plain(contract)})"""


def _plain(contract: Contract) -> str:
    mark = literal(str(contract.delivery.delimiter))
    return f"select *, string_split(line, {mark}) as parts, true as is_whole from original"


def _quoted(contract: Contract) -> str:
    """A part is quoted whole, its quotes doubled, or holds no quote at all."""
    mark = str(contract.delivery.delimiter)
    pattern = literal(f'[{mark}]("(?:[^"]|"")*"|[^"{mark}]*)')
    return f"""
    select line_number, line, is_damaged,
        length(array_to_string(pieces, '')) = length(line) + 1 as is_whole,
        list_transform(pieces, lambda piece: case when piece[2] = '"'
            then replace(substr(piece, 3, length(piece) - 3), '""', '"') else substr(piece, 2) end) as parts
    from (select *, regexp_extract_all({literal(mark)} || line, {pattern}) as pieces from original)"""

"""Fixed-width lines, ISO-8859-1: each field is cut by its place in the contract.

Cut from the bytes as they came, where a place is an offset; in UTF-8 it is found only by counting from the start.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.contract import Contract, Field
from sources.readers.lines import lines_as_bytes, numbered_lines

_ENCODING = "iso-8859-1"


def read(content: bytes, contract: Contract) -> tuple[pa.Table, str]:
    """The lines, and the query on them: (line_number, line, malformed, every field as trimmed text or null).

    Raises:
        UnreadableExtract: the whole is UTF-8.
    """
    table, raw = numbered_lines(content, _ENCODING), lines_as_bytes(content)
    if table.num_rows < len(raw):
        raw = raw.take(pc.subtract(table["line_number"].combine_chunks(), 1))
    with ThreadPoolExecutor() as threads:
        columns = threads.map(lambda field: _cut(raw, field), contract.fields)
        for field, column in zip(contract.fields, columns, strict=True):
            table = table.append_column(field.name, column)
    return table, _query(contract)


def _cut(lines: pa.LargeBinaryArray, field: Field) -> pa.LargeStringArray:
    """One field of every line without the blanks round it, and without the line's end where that comes before it."""
    start = (field.start or 1) - 1
    piece = _as_text(pc.binary_slice(lines, start, start + (field.width or 0)))
    return _as_utf8(pc.ascii_trim(piece, " \r\n"))


def _as_text(column: pa.LargeBinaryArray) -> pa.LargeStringArray:
    """The same bytes under the type that text functions take; to trim blanks they need not be UTF-8."""
    _, offsets, data = column.buffers()
    return pa.LargeStringArray.from_buffers(len(column), offsets, data, offset=column.offset)


def _as_utf8(column: pa.LargeStringArray) -> pa.LargeStringArray:
    """Text of ISO-8859-1, where a letter is a byte, in UTF-8, where those beyond ASCII are two."""
    _, offset_buffer, data_buffer = column.buffers()
    offsets = np.frombuffer(offset_buffer, dtype=np.int64)[column.offset : column.offset + len(column) + 1]
    data = np.frombuffer(data_buffer or b"", dtype=np.uint8)[: offsets[-1]]
    is_wide = data >= 0x80
    if not is_wide.any():
        return column
    wide_before = np.concatenate([[0], np.cumsum(is_wide)])
    text = data.tobytes().decode(_ENCODING).encode()
    moved = offsets + wide_before[offsets]
    return pa.LargeStringArray.from_buffers(len(column), pa.py_buffer(moved), pa.py_buffer(text))


def _query(contract: Contract) -> str:
    fields = ", ".join(f"nullif({field.column}, '') as {field.column}" for field in contract.fields)
    return f"""
    select line_number, line,
        case
            when is_damaged then 'bad_encoding'
            when length(line) <> {contract.delivery.record_bytes} then 'bad_length'
        end as malformed,
        {fields}
    from original"""

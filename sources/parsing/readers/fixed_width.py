"""Reads fixed-width lines in ISO-8859-1: the contract has the position of each field.

Fields are taken from the original bytes, where a position is a byte offset. In UTF-8, letters must be counted.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sources.contracts.contract import Contract, Field
from sources.parsing.streams.lines import (
    LINE_COLUMNS,
    Lines,
    holds_left_behind,
    line_offsets,
    lines_of,
    require_one_byte_letters,
)
from sources.parsing.streams.reading import Original, Reading

_ENCODING = "iso-8859-1"
_LEFT_BEHIND = "holds_left_behind"


def read(original: Original, contract: Contract) -> Reading:
    """Read the lines with their fields, and give the query on them.

    Raises:
        UnreadableExtract: the file is UTF-8.
    """
    require_one_byte_letters(original, _ENCODING)
    names = {field.name: pa.large_string() for field in contract.fields}
    schema = pa.schema(LINE_COLUMNS | names | {_LEFT_BEHIND: pa.bool_()})
    batches = (lines.batch(_fields(lines, contract)) for lines in lines_of(original, _ENCODING))
    return Reading(schema, batches, _query(contract))


def _fields(lines: Lines, contract: Contract) -> dict[str, pa.Array]:
    offsets = line_offsets(np.frombuffer(lines.raw, dtype=np.uint8))
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(lines.raw)]
    raw = pa.LargeBinaryArray.from_buffers(pa.large_binary(), lines.count, buffers)
    left_behind = pa.array(holds_left_behind(lines.raw, offsets))
    return {field.name: _cut(raw, field) for field in contract.fields} | {_LEFT_BEHIND: left_behind}


def _cut(lines: pa.LargeBinaryArray, field: Field) -> pa.LargeStringArray:
    """One field of each line, without blanks around it and without a line end in it."""
    start = (field.start or 1) - 1
    piece = _as_text(pc.binary_slice(lines, start, start + (field.width or 0)))
    return _as_utf8(pc.ascii_trim(piece, " \r\n"))


def _as_text(column: pa.LargeBinaryArray) -> pa.LargeStringArray:
    """The same bytes with the type of text, for the text functions; trimming blanks does not need valid UTF-8."""
    _, offsets, data = column.buffers()
    return pa.LargeStringArray.from_buffers(len(column), offsets, data, offset=column.offset)


def _as_utf8(column: pa.LargeStringArray) -> pa.LargeStringArray:
    """Convert ISO-8859-1 text to UTF-8: letters outside ASCII become two bytes, so the offsets move."""
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
            when is_damaged or {_LEFT_BEHIND} then 'bad_encoding'
            when length(line) <> {contract.delivery.record_bytes} then 'bad_length'
        end as malformed,
        {fields}
    from original"""

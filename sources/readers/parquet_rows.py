"""Parquet: the contract's columns, whatever order and types they have, as the text that other formats tell them in."""

from io import BytesIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sources.contract import Contract
from sources.errors import UnreadableExtract
from sources.sql import identifier

# Alike rows take next to no room in a file, and each its own in memory.
_MOST_ROWS = 20_000_000
_LARGEST_BYTES = 2_000_000_000


def read(content: bytes, contract: Contract) -> tuple[pa.Table, str]:
    """The rows, and the query on them: (line_number, line, malformed, every field as trimmed text or null).

    A row's number counts from 1, its line is a JSON object by column.

    Raises:
        UnreadableExtract: it is no Parquet, is far too large, or its columns are not the contract's, or hold no text.
    """
    try:
        table = _table(content, contract)
        texts = {field.name: _text(table[field.name], field.name) for field in contract.fields}
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError, OSError):
        raise UnreadableExtract("it is no sound Parquet file") from None
    rows = pa.table({"line_number": np.arange(1, table.num_rows + 1, dtype=np.int64)} | texts)
    told = ", ".join(f"{field.column} := {field.column}" for field in contract.fields)
    picks = ", ".join(f"nullif(trim({field.column}), '') as {field.column}" for field in contract.fields)
    line = f"cast(to_json(struct_pack({told})) as varchar)"
    return rows, f"select line_number, {line} as line, null::varchar as malformed, {picks} from original"


def _table(content: bytes, contract: Contract) -> pa.Table:
    file = pq.ParquetFile(BytesIO(content))
    if file.metadata.num_rows > _MOST_ROWS:
        raise UnreadableExtract(f"it has more than {_MOST_ROWS:,} rows, as no extract has")
    names = [name.lower() for name in file.schema_arrow.names]
    expected = {field.name for field in contract.fields}
    if missing := expected - set(names):
        raise UnreadableExtract(f"it lacks the columns {', '.join(sorted(missing))}")
    if len(names) != len(expected):
        raise UnreadableExtract(f"it has {len(names)} columns, {len(expected)} are in the contract")
    # As it was written, text that repeats stays small until it is known how much it is.
    texts = [field.name for field in file.schema_arrow if pa.types.is_string(field.type)]
    table = pq.read_table(BytesIO(content), read_dictionary=texts).rename_columns(names)
    if sum(map(_decoded_bytes, table.columns)) > _LARGEST_BYTES:
        raise UnreadableExtract("unpacked it is larger than any extract")
    return table


def _decoded_bytes(column: pa.ChunkedArray) -> int:
    """How much room a column takes once each of its values stands by itself."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    lengths = (pc.binary_length(part.dictionary).take(part.indices) for part in column.chunks)
    return sum(pc.sum(part).as_py() or 0 for part in lengths)


def _text(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """A column as text, each letter of which is sound: the database takes one that is not for no end of things."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        raise UnreadableExtract(f"its column {identifier(name)} tells moments with a time zone, local time is expected")
    is_told = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind)
    if not (is_told or pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_null(kind)):
        raise UnreadableExtract(f"its column {identifier(name)} is of type {kind}, text is expected")
    text = column.cast(pa.large_string())
    text.validate(full=True)
    return pc.replace_substring_regex(text, "[.]0+$", "") if pa.types.is_timestamp(kind) else text

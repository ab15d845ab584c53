"""Parquet: the contract's columns, whatever order and types they have, as the text that other formats tell them in."""

from io import BytesIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sources.contract import Contract
from sources.errors import UnreadableExtract
from sources.sql import identifier

_LARGEST_BYTES = 4_000_000_000
# Alike rows take no room in a file, and each its own in memory.
_MOST_ROWS = 20_000_000


def read(content: bytes, contract: Contract) -> tuple[pa.Table, str]:
    """The rows, and the query on them: (line_number, line, malformed, every field as trimmed text or null).

    A row's number counts from 1, its line is a JSON object by column.

    Raises:
        UnreadableExtract: it is no Parquet, is far too large, or its columns are not the contract's.
    """
    table = _table(content)
    columns = {name.lower(): name for name in table.column_names}
    expected = {field.name for field in contract.fields}
    if missing := expected - set(columns):
        raise UnreadableExtract(f"it lacks the columns {', '.join(sorted(missing))}")
    if len(table.column_names) != len(expected):
        raise UnreadableExtract(f"it has {len(table.column_names)} columns, {len(expected)} are in the contract")
    picks = ", ".join(_pick(columns[field.name], field.column, table.schema) for field in contract.fields)
    told = ", ".join(f"{field.column} := {identifier(columns[field.name])}" for field in contract.fields)
    numbered = table.add_column(0, "line_number", pa.array(np.arange(1, table.num_rows + 1, dtype=np.int64)))
    line = f"cast(to_json(struct_pack({told})) as varchar)"
    return numbered, f"select line_number, {line} as line, null::varchar as malformed, {picks} from original"


def _table(content: bytes) -> pa.Table:
    try:
        file = pq.ParquetFile(BytesIO(content))
        groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
        if file.metadata.num_rows > _MOST_ROWS:
            raise UnreadableExtract(f"it has more than {_MOST_ROWS:,} rows, as no extract has")
        if sum(group.total_byte_size for group in groups) > _LARGEST_BYTES:
            raise UnreadableExtract("unpacked it is larger than any extract")
        return file.read()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError):
        raise UnreadableExtract("it is no sound Parquet file") from None


def _pick(name: str, column: str, schema: pa.Schema) -> str:
    """A value as text; a moment as ISO tells it, in its own local time."""
    kind = schema.field(name).type
    value = identifier(name)
    if pa.types.is_timestamp(kind):
        if kind.tz is not None:
            raise UnreadableExtract(f"its column {column} tells moments with a time zone, local time is expected")
        return f"strftime({value}::timestamp, '%Y-%m-%dT%H:%M:%S') as {column}"
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise UnreadableExtract(f"its column {column} is of type {kind}, text is expected")
    return f"nullif(trim({value}::varchar), '') as {column}"

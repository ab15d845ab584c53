"""Reads Parquet: the contract's columns in any order, converted to the text that other formats have."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sources.base.errors import UnreadableExtract
from sources.base.sql import identifier
from sources.contracts.contract import Contract
from sources.parsing.streams.archive import is_of_the_machine
from sources.parsing.streams.reading import Original, Reading, trimmed

# Equal rows are small in a file, but each needs memory.
_MOST_ROWS = 20_000_000
_LARGEST_BYTES = 2_000_000_000
_BATCH_ROWS = 65_536
_NO_PARQUET = (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError, OSError)


def read(original: Original, contract: Contract) -> Reading:
    """Read the rows, and give the query on them. Rows are numbered from 1; a row's line is a JSON object by column.

    Raises:
        UnreadableExtract: the file is not Parquet or too large, or its columns or their types differ from the contract.
    """
    try:
        _check(pq.read_schema(original.path), pq.read_metadata(original.path), contract)
        _check_size(original)
    except _NO_PARQUET as error:
        raise _no_parquet(error) from None
    schema = pa.schema({"line_number": pa.int64()} | {field.name: pa.large_string() for field in contract.fields})
    values = ", ".join(f"{field.column} := {field.column}" for field in contract.fields)
    line = f"cast(to_json(struct_pack({values})) as varchar)"
    query = f"select line_number, {line} as line, null::varchar as malformed, {trimmed(contract)} from original"
    return Reading(schema, _batches(original, contract), query)


def _check(schema: pa.Schema, metadata: pq.FileMetaData, contract: Contract) -> None:
    if metadata.num_rows > _MOST_ROWS:
        raise UnreadableExtract(f"it has more than {_MOST_ROWS:,} rows, the limit for an extract")
    names = [name.lower() for name in schema.names]
    expected = {field.name for field in contract.fields}
    if missing := expected - set(names):
        raise UnreadableExtract(f"it lacks the columns {', '.join(sorted(missing))}")
    if len(names) != len(expected):
        raise UnreadableExtract(f"it has {len(names)} columns, {len(expected)} are in the contract")
    for field in schema:
        _require_text(field.type, field.name.lower())


def _require_text(kind: pa.DataType, name: str) -> None:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        raise UnreadableExtract(f"its column {identifier(name)} has a time zone, local time is expected")
    is_plain = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind)
    if not (is_plain or pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_null(kind)):
        raise UnreadableExtract(f"its column {identifier(name)} is of type {kind}, text is expected")


def _check_size(original: Original) -> None:
    """Compute the unpacked size before loading; repeated text is read as a dictionary, so this is fast and small."""
    schema = pq.read_schema(original.path)
    texts = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)]
    unpacked = 0
    with pq.ParquetFile(original.path, read_dictionary=texts) as file:
        for batch in file.iter_batches(_BATCH_ROWS):
            unpacked += sum(map(_decoded_bytes, batch.columns))
            if unpacked > _LARGEST_BYTES:
                raise UnreadableExtract("it is larger than the limit for an extract when unpacked")


def _batches(original: Original, contract: Contract) -> Iterator[pa.RecordBatch]:
    try:
        number = 0
        with pq.ParquetFile(original.path) as file:
            for batch in file.iter_batches(_BATCH_ROWS):
                named = batch.rename_columns([name.lower() for name in batch.schema.names])
                numbers = np.arange(number + 1, number + 1 + named.num_rows, dtype=np.int64)
                columns = {field.name: _text(named[field.name]) for field in contract.fields}
                yield pa.RecordBatch.from_pydict({"line_number": pa.array(numbers)} | columns)
                number += named.num_rows
    except _NO_PARQUET as error:
        raise _no_parquet(error) from None


def _no_parquet(error: Exception) -> Exception:
    return error if is_of_the_machine(error) else UnreadableExtract("it is not a valid Parquet file")


def _decoded_bytes(column: pa.Array) -> int:
    """The size of a column in bytes without dictionary encoding."""
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    return pc.sum(pc.binary_length(column.dictionary).take(column.indices)).as_py() or 0


def _text(column: pa.Array) -> pa.Array:
    """A column as text, checked to be valid UTF-8, because DuckDB does not check it."""
    text = column.cast(pa.large_string())
    text.validate(full=True)
    kind = column.type
    return pc.replace_substring_regex(text, "[.]0+$", "") if pa.types.is_timestamp(kind) else text

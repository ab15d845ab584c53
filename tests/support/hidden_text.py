"""Everything that a file holds, whatever it is packed in, for searches of plain letters and of bytes."""

import bz2
import io
import lzma
import re
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

# As many packings inside one another are opened.
_DEPTH = 4
# So many values of one shape are looked for in one pass.
_MANY = 100


def _zstd(content: memoryview) -> bytes:
    with pa.CompressedInputStream(pa.BufferReader(pa.py_buffer(content)), "zstd") as stream:
        return bytes(stream.read())


def _streamed(make: Callable[[], Any]) -> Callable[[memoryview], bytes]:
    return lambda content: bytes(make().decompress(content))


# What a packed stream begins with, wherever in a file that is, and what opens it.
_STREAMS: dict[bytes, Callable[[memoryview], bytes]] = {
    b"\x1f\x8b\x08": _streamed(lambda: zlib.decompressobj(31)),
    b"\x78\x01": _streamed(zlib.decompressobj),
    b"\x78\x9c": _streamed(zlib.decompressobj),
    b"\x78\xda": _streamed(zlib.decompressobj),
    b"BZh": _streamed(bz2.BZ2Decompressor),
    b"\xfd7zXZ\0": _streamed(lzma.LZMADecompressor),
    b"\x28\xb5\x2f\xfd": _zstd,
}
_BEGINS = re.compile(b"|".join(map(re.escape, _STREAMS)))
_TORN = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, pa.ArrowException)


def texts(content: bytes, depth: int = _DEPTH) -> Iterator[bytes]:
    """A file's bytes; every second of them, as UTF-16 has the letters; and everything that is packed in them."""
    yield content
    if b"\0" in content:
        yield content[0::2]
        yield content[1::2]
    if depth:
        for part in _parts(content):
            yield from texts(part, depth - 1)


def _parts(content: bytes) -> Iterator[bytes]:
    if content.startswith(b"PAR1"):
        yield from _of_parquet(content)
    elif content.startswith(b"SQLite format 3\0"):
        yield from _of_sqlite(content)
    elif content[8:12] == b"DUCK":
        yield from _of_duckdb(content)
    elif content.startswith(b"PK\3\4") and zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    for found in _BEGINS.finditer(content):
        try:
            part = _STREAMS[found[0]](memoryview(content)[found.start() :])
        except _TORN:
            continue
        if part:
            yield part


def _of_parquet(content: bytes) -> Iterator[bytes]:
    for column in pq.read_table(io.BytesIO(content)).columns:
        yield "\n".join(map(str, column.to_pylist())).encode()


def _of_sqlite(content: bytes) -> Iterator[bytes]:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        connection = sqlite3.connect(f"file:{file.name}?immutable=1", uri=True)
        for (table,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
            for row in connection.execute(f'select * from "{table}"'):
                yield from (value if isinstance(value, bytes) else str(value).encode() for value in row)
        connection.close()


def _of_duckdb(content: bytes) -> Iterator[bytes]:
    """Every table of a database that opens without a key, as DuckDB packs its columns; of another one nothing."""
    with tempfile.NamedTemporaryFile(suffix=".duckdb") as file:
        file.write(content)
        file.flush()
        try:
            connection = duckdb.connect(file.name, read_only=True)
        except duckdb.Error:
            return
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, table in tables:
            rows = connection.execute(f'select to_json(t)::varchar from "{schema}"."{table}" as t').fetchall()
            yield "\n".join(str(row) for (row,) in rows).encode()
        connection.close()


def found_in(path: Path, values: Iterable[str]) -> set[str]:
    """Which values a file holds, in capitals or not."""
    by_shape = {shape: set(group) for shape, group in groupby(sorted(map(str.upper, values), key=_shape), key=_shape)}
    found: set[str] = set()
    for text in texts(path.read_bytes()):
        upper = text.upper()
        for shape, group in by_shape.items():
            if len(group) < _MANY:
                found |= {value for value in group if value.encode() in upper}
            else:
                found |= group & {one[1].decode() for one in re.finditer(f"(?=({shape}))".encode(), upper)}
    return found


def _shape(value: str) -> str:
    """A pattern of all values that have digits and letters in the same places."""
    kinds = ("[0-9]" if one.isdigit() else "[A-Z]" if one.isalpha() else re.escape(one) for one in value)
    return "".join(kinds)

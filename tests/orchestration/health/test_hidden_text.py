"""The search for known values and for the key finds what is planted, whatever it is packed or encoded in."""

import base64
import bz2
import gzip
import hashlib
import io
import lzma
import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.home.work_database import attach
from tests.support.hidden_text import found_in, texts
from tests.support.key_traces import traces_of
from tests.support.nights import document, email

KEY = "6b0c" * 16
VALUES = {document(number) for number in range(1_000)} | {email(number).upper() for number in range(60)}
PLANTED = {document(7), email(42).upper()}
TEXT = f"01 {document(7)}42 {email(42)}".encode()


def zipped(content: bytes, name: str = "a.csv") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return target.getvalue()


def zstd(content: bytes) -> bytes:
    target = pa.BufferOutputStream()
    with pa.CompressedOutputStream(target, "zstd") as stream:
        stream.write(content)
    return bytes(target.getvalue())


def parquet(content: bytes, compression: str = "zstd") -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.table({"column": [content.decode()] * 50}), target, compression=compression)
    return target.getvalue()


def workbook(content: bytes) -> bytes:
    target = io.BytesIO()
    pl.DataFrame({"column": [content.decode()]}).write_excel(target)
    return target.getvalue()


def in_sqlite(content: bytes, path: Path) -> bytes:
    """In a page of its own behind a long value, packed as Dagster packs what it stores."""
    with sqlite3.connect(path) as connection:
        connection.execute("create table snapshots (name text, body blob)")
        connection.execute("insert into snapshots values (?, ?)", ["x" * 9_000, zlib.compress(content)])
    return path.read_bytes()


def in_duckdb(content: bytes, path: Path) -> bytes:
    """Packed by DuckDB itself."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema hub")
        connection.execute(
            "create table hub.persons as select $1 || i as column from range(10_000) t(i)", [content.decode()]
        )
    return path.read_bytes()


PACKINGS: dict[str, Callable[[bytes, Path], bytes]] = {
    "plain": lambda content, _: content,
    "small letters": lambda content, _: content.lower(),
    "UTF-16": lambda content, _: content.decode().encode("utf-16"),
    "UTF-16, at an odd place": lambda content, _: b"x" + content.decode().encode("utf-16-be"),
    "gzip": lambda content, _: gzip.compress(content),
    "gzip amid others": lambda content, _: b"head" + gzip.compress(content) + b"tail",
    "zlib": lambda content, _: zlib.compress(content),
    "bz2": lambda content, _: bz2.compress(content),
    "xz": lambda content, _: lzma.compress(content),
    "zstd": lambda content, _: zstd(content),
    "zip": lambda content, _: zipped(content),
    "UTF-16 in zstd in zip": lambda content, _: zipped(zstd(content.decode().encode("utf-16"))),
    "Parquet": lambda content, _: parquet(content),
    "Parquet, snappy": lambda content, _: parquet(content, "snappy"),
    "XLSX": lambda content, _: workbook(content),
    "SQLite": in_sqlite,
    "DuckDB": in_duckdb,
}  # fmt: skip


@pytest.mark.parametrize("packing", PACKINGS)
def test_what_is_planted_is_found_and_nothing_else(tmp_path: Path, packing: str) -> None:
    planted = tmp_path / "planted"
    planted.write_bytes(PACKINGS[packing](TEXT, tmp_path / "made"))
    assert found_in(planted, VALUES) == PLANTED
    planted.write_bytes(PACKINGS[packing](b"01 30000001A42 persona@example.org", tmp_path / "other"))
    assert found_in(planted, VALUES) == set()


def test_what_is_encrypted_is_not_found(tmp_path: Path) -> None:
    with duckdb.connect(":memory:") as connection:
        attach(connection, tmp_path / "closed", "closed", KEY)
        connection.execute("create table closed.persons as select $1 as column from range(1_000)", [TEXT.decode()])
    assert found_in(tmp_path / "closed", VALUES) == set()


@pytest.mark.parametrize("packing", ["plain", "UTF-16", "zstd", "SQLite"])
def test_each_form_of_the_key_and_of_its_hashes_is_found(tmp_path: Path, packing: str) -> None:
    traces = traces_of(KEY)
    raw = bytes.fromhex(KEY)
    for form in (KEY, KEY.upper(), base64.b64encode(raw).decode(), base64.b64encode(KEY.encode()).decode()):
        for name in ("md5", "sha1", "sha256"):
            digest = hashlib.new(name, form.encode()).digest()
            told = digest.hex() if packing != "plain" else base64.b64encode(digest).decode()
            content = PACKINGS[packing](f"hash: {told}".encode(), tmp_path / f"{name}{traces.index(form.encode())}")
            assert any(trace in text for text in texts(content) for trace in traces), (form, name)
        assert any(trace in form.encode() for trace in traces)
    assert any(trace in b"x" + hashlib.md5(raw, usedforsecurity=False).digest() for trace in traces)
    assert not any(trace in text for text in texts(PACKINGS[packing](TEXT, tmp_path / "none")) for trace in traces)

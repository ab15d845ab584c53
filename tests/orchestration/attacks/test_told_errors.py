"""Errors that quote rows, in the ways of each library: the kind leaves a step, the row never; the remedy is told."""

import errno
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from orchestration.home.redaction import StepFailed, described, redact_stored, redacted
from tests.support.published_home import DAY, Fil

PERSON = ("Joan Puig", "PUIG", "Roca", "12345678Z", "CARRER")


def raises(error: Exception) -> None:
    raise error


def read_csv(file: Path) -> None:
    duckdb.sql(
        f"from read_csv('{file}', header = true, auto_detect = false, delim = ',',"
        " columns = {'document': 'integer', 'name': 'varchar'})"
    ).fetchall()


TWICE = "insert into persons values ('Joan Puig Roca'), ('Joan Puig Roca')"
ACTIONS: dict[str, Callable[[Path], object]] = {
    "original line": read_csv,
    "cast": lambda _: duckdb.sql("select name::integer from (values ('Joan Puig Roca')) as persons(name)").fetchall(),
    "constraint": lambda _: duckdb.connect().execute(f"create table persons (name varchar primary key); {TWICE}"),
    "part of the query": lambda _: duckdb.connect().execute(
        "select 'Joan Puig Roca' as told, missing from (values (1)) as t(x)"
    ),
    "polars": lambda _: pl.Series(["Joan Puig Roca"]).cast(pl.Int64),
    "json": lambda _: json.loads('{"name": Joan Puig Roca}'),
    "encoding": lambda _: b"Joan Puig Roca \xff".decode(),
    "own words of the system's error": lambda _: raises(OSError("can't send to Joan Puig Roca, CARRER")),
    "value": lambda _: raises(ValueError("row 7 of Joan Puig Roca, CARRER d'en Roca")),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_no_error_quotes_a_row(action: str, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("document,name\n12345678Z,Joan Puig Roca,CARRER\nx,y\n")
    with pytest.raises(Exception) as quoting:  # noqa: PT011, B017 - each library's own
        ACTIONS[action](file)
    assert any(word in str(quoting.value) for word in PERSON) or action in ("json", "encoding")
    with pytest.raises(StepFailed) as failure, redacted():
        ACTIONS[action](file)
    assert not any(word in str(failure.value) for word in PERSON)
    assert str(failure.value).startswith(type(quoting.value).__name__)


def test_an_error_without_its_text_tells_where_it_came_up_and_what_to_do() -> None:
    from sources.base.sql import literal

    with pytest.raises(StepFailed) as failure, redacted():
        literal(7)  # type: ignore[arg-type] - no text, on purpose
    assert "AttributeError in sources/base/sql.py, line " in str(failure.value)
    assert "run it again" in str(failure.value)


FULL = "the disk is full: free space on the disk of FIL_HOME"
CLOSED = "FIL_HOME can't be written: give this user write access"


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/home/x"), FULL),
        (duckdb.IOException('IO Error: Could not write file "/x/y": No space left on device'), FULL),
        (duckdb.OutOfMemoryException("Out of Memory Error: failed to offload data block of size 256.0 KiB (1 MiB used)."
                                     "\n\nSee also https://duckdb.org/docs/x"), FULL),
        (duckdb.OutOfMemoryException("Out of Memory Error: failed to pin block of size 256.0 KiB\n\nPossible solutions:"
                                     "\n* threads\n\nSee also https://duckdb.org/docs/x"), "raise FIL_MEMORY_LIMIT"),
        (OSError(errno.EROFS, "Read-only file system", "/home/x"), CLOSED),
        (PermissionError(errno.EACCES, "Permission denied", "/home/x"), CLOSED),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "/home/x"), "move it away"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "/home/x/y"), "move it away"),
        (FileExistsError(errno.EEXIST, "File exists", "/home/x"), "move it away"),
        (OSError(errno.ELOOP, "Too many levels of symbolic links", "/home/x"), "move it away"),
        (duckdb.IOException("IO Error: Corrupt database file: computed checksum 1 does not match 2 in block"),
         "restore the file from the backup"),
        (sqlite3.DatabaseError("file is not a database"), "move FIL_HOME/dagster away"),
        (sqlite3.DatabaseError("database disk image is malformed"), "move FIL_HOME/dagster away"),
        (duckdb.IOException('IO Error: Could not set lock on file "/x/y": Conflicting lock is held'), "wait for it"),
    ],
)  # fmt: skip
def test_an_error_of_the_machine_tells_its_remedy_and_no_page_of_a_library(error: Exception, remedy: str) -> None:
    told = described(error)
    assert remedy in told and "://" not in told and "\n" not in told


def test_what_dagster_stored_of_another_librarys_error_is_told_by_its_kind() -> None:
    told = redact_stored("OperationalError", "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database or"
                         " disk is full\n[SQL: insert into event_logs]\n[parameters: ('Joan Puig Roca',)]"
                         "\n(Background on this error at: https://sqlalche.me/e/20/e3q8)")  # fmt: skip
    assert told.startswith("OperationalError: the disk is full") and "Puig" not in told and "://" not in told


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(12_300, len(content), 4_096):
        content[place] ^= 0xFF
    path.write_bytes(content)


def test_a_damaged_hub_is_told_by_every_command_that_meets_it(published: Path, fil: Fil, tmp_path: Path) -> None:
    hub = published / "published" / f"{DAY}" / "fil.duckdb"
    spoil(hub)
    for command in (("doctor",), ("export", "--target", "attention", "--date", f"{DAY}"), ("segment", "list")):
        told = fil(*command)
        assert told.code == 1, command
        assert "backup" in told.out + told.err and "://" not in told.err, (command, told.err)
    hub.write_bytes(b"nothing of it" * 1000)
    told = fil("segment", "list")
    assert told.code == 1 and "can't be read: restore" in told.err and "FIL_HUB_KEY" not in told.err


def test_a_registry_with_a_damaged_block_is_told_by_the_doctor(published: Path, fil: Fil) -> None:
    """Wherever that is: it may open all the same, as what it says of itself is whole."""
    registry = published / "registry.duckdb"
    whole, told = registry.read_bytes(), []
    for block in range(12_288, len(whole), 262_144):
        registry.write_bytes(whole[: block + 99] + bytes([whole[block + 99] ^ 0xFF]) + whole[block + 100 :])
        told.append(f"{registry} is damaged: move it away" in fil("doctor").out)
    assert sum(told) > 2
    registry.write_bytes(whole)
    out = fil("doctor").out
    assert "of its journals can be read" in out and "is damaged" not in out

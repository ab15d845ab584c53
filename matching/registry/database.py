"""Opens the registry's database: makes it, waits while it is locked, and migrates earlier versions.

`ids.py` writes to it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from matching.registry.registry import Registry
from sources.base.journal import RegistryError

SCHEMA_VERSION = 2

_SCHEMA = f"""
create table if not exists meta (key varchar primary key, value varchar);
create table if not exists persons (person_id varchar primary key, minted_date date not null,
    is_aside boolean not null);
create table if not exists memberships (mention_id varchar not null, person_id varchar, business_date date not null,
    commit_number bigint not null);
create table if not exists events (event varchar not null, ids_before varchar[] not null, ids_after varchar[] not null,
    cause varchar not null, business_date date not null, is_aside boolean not null);
create table if not exists commits (commit_number bigint primary key, business_date date not null,
    content_hash varchar not null, is_applied boolean not null, unique (business_date, content_hash));
insert or ignore into meta values ('schema_version', '{SCHEMA_VERSION}');
"""

# By version, the SQL that migrates a registry to the next version.
_MIGRATIONS = {
    1: """
    alter table persons add column is_aside boolean default false;
    alter table events add column is_aside boolean default false;
    """,
}

# Errors of the disk, not of the file, with their remedies.
_OF_THE_DISK = {
    "No space left": "the disk is full: make room where FIL_HOME is, then run it again",
    "Read-only file system": "FIL_HOME can't be written to: mount it so that it can, or set FIL_HOME",
    "Permission denied": "FIL_HOME can't be written to: give it to this user, or set FIL_HOME",
}


@contextmanager
def open_registry(registry: Registry, patience_s: float = 30.0) -> Iterator[duckdb.DuckDBPyConnection]:
    """The registry, made if it does not exist; wait while another process holds it."""
    with open_database(registry.database, patience_s) as connection:
        yield connection


@contextmanager
def open_database(path: Path, patience_s: float = 30.0) -> Iterator[duckdb.DuckDBPyConnection]:
    """A registry's database at a path, which is another one while a rebuild is incomplete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + patience_s
    while True:
        try:
            connection = duckdb.connect(str(path))
            break
        except duckdb.IOException as error:
            # "lock" alone is part of every error about a block.
            if "Could not set lock" not in str(error):
                raise RegistryError(_why_closed(path, str(error))) from None
            if time.monotonic() > deadline:
                raise RegistryError(f"{path} is in use by another process; try again when it ends") from None
            time.sleep(0.05)
    try:
        path.chmod(0o600)
        _migrate(connection, path)
        yield connection
    finally:
        connection.close()


def _why_closed(path: Path, error: str) -> str:
    """The error message for a registry that does not open and that no process holds."""
    for words, remedy in _OF_THE_DISK.items():
        if words in error:
            return f"{path} can't be opened ({words}): {remedy}"
    return f"{path} is damaged: move it away; the next night rebuilds it from its journal"


def _migrate(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Make the tables of a new registry, or migrate those of an earlier version, completely or not at all."""
    connection.begin()
    connection.execute("create table if not exists meta (key varchar primary key, value varchar)")
    row = connection.execute("select value from meta where key = 'schema_version'").fetchone()
    version = int(row[0]) if row else SCHEMA_VERSION
    if version > SCHEMA_VERSION:
        connection.rollback()
        raise RegistryError(
            f"{path} has schema version {version} of a newer Fil; this Fil reads version {SCHEMA_VERSION}: "
            "use the newer Fil, or move the registry away; the next night rebuilds it from its journal"
        )
    for step in range(version, SCHEMA_VERSION):
        connection.execute(_MIGRATIONS[step])
    connection.execute(_SCHEMA)
    connection.execute("update meta set value = $1 where key = 'schema_version' and value <> $1", [str(SCHEMA_VERSION)])
    connection.commit()

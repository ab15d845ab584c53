"""Opens the work database, always under the alias `work`, encrypted or not."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from sources.base.sql import literal
from sources.loading.lotteries import create_draws

# Part of the installation: `make setup` fills it from wheels, so that a night downloads nothing.
EXTENSIONS = Path(sys.prefix) / "share" / "fil" / "duckdb_extensions"
_CIPHER = "httpfs"
_POSTGRES = "postgres_scanner"
_SPATIAL = "spatial"


def import_extensions(connection: duckdb.DuckDBPyConnection) -> None:
    """Copy DuckDB's extensions from their wheels to where connections find them; a second call changes nothing."""
    from duckdb_extensions import import_extension

    EXTENSIONS.mkdir(parents=True, exist_ok=True)
    connection.execute(f"set extension_directory = {literal(str(EXTENSIONS))}")
    for extension in (_CIPHER, _POSTGRES, _SPATIAL):
        import_extension(extension, con=connection)


def attach(
    connection: duckdb.DuckDBPyConnection, path: Path, alias: str, key: str | None, *, read_only: bool = False
) -> None:
    """Attach a database under an alias, encrypted if there is a key (an extension has the cipher).

    A read-only database may be older than the key, and so not encrypted.
    """
    connection.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
    options = ["read_only"] if read_only else []
    if key:
        import_extensions(connection)
        connection.execute(f"load {_CIPHER}")
        connection.execute("set temp_file_encryption = true")
        options.append(f"encryption_key {literal(key)}")
    try:
        connection.execute(f"attach {literal(str(path))} as {alias}" + (f" ({', '.join(options)})" if options else ""))
    except duckdb.CatalogException as error:
        # The database is older than the key, so it is not encrypted.
        if not read_only or "is not encrypted" not in str(error):
            raise
        connection.execute(f"attach {literal(str(path))} as {alias} (read_only)")


@contextmanager
def asking_connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that can query PostgreSQL databases."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
        import_extensions(connection)
        connection.execute(f"load {_POSTGRES}")
        yield connection


@contextmanager
def work_database(path: Path, key: str | None, memory_bytes: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the work database for one step and close it again, because dbt's process opens it next.

    What does not fit into `memory_bytes` is spilled beside the database.
    """
    connection = duckdb.connect(":memory:")
    try:
        if memory_bytes is not None:
            connection.execute(f"set memory_limit = '{memory_bytes}B'")
        connection.execute(f"set temp_directory = {literal(str(spill_directory(path)))}")
        attach(connection, path, "work", key)
        connection.execute("set preserve_insertion_order = true")
        yield connection
    finally:
        connection.close()


def spill_directory(path: Path) -> Path:
    """The directory to which a night spills; dbt's profile has the same one."""
    return path.with_name(f"{path.name}.tmp")


def create_work_database(path: Path, key: str | None, business_date: date) -> None:
    """Make a night's new work database, with its business date.

    Writes: `work.raw.run` (business_date), one row; the empty tables of draws.
    """
    for leftover in (path, path.with_name(path.name + ".wal")):
        leftover.unlink(missing_ok=True)
    shutil.rmtree(spill_directory(path), ignore_errors=True)
    with work_database(path, key) as connection:
        connection.execute("create schema work.raw")
        connection.execute("create table work.raw.run as select ?::date as business_date", [business_date])
        create_draws(connection)

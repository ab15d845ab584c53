"""The work database, always attached under the alias `work`, so that encryption is one option."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb


def attach(
    connection: duckdb.DuckDBPyConnection, path: Path, alias: str, key: str | None, *, read_only: bool = False
) -> None:
    """Attach a database under an alias, encrypted when a key is given (httpfs brings the cipher)."""
    connection.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
    options = ["read_only"] if read_only else []
    if key:
        from duckdb_extensions import import_extension

        import_extension("httpfs", con=connection)
        connection.execute("load httpfs")
        options.append(f"encryption_key {_literal(key)}")
    connection.execute(f"attach {_literal(str(path))} as {alias}" + (f" ({', '.join(options)})" if options else ""))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def work_database(path: Path, key: str | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the work database for one step and close it again, as dbt's own process opens it next."""
    connection = duckdb.connect(":memory:")
    try:
        attach(connection, path, "work", key)
        connection.execute("set preserve_insertion_order = true")
        yield connection
    finally:
        connection.close()


def create_work_database(path: Path, key: str | None, business_date: date) -> None:
    """Begin a night's hub anew: an empty file that knows the business date that it is as of."""
    for leftover in (path, path.with_name(path.name + ".wal")):
        leftover.unlink(missing_ok=True)
    with work_database(path, key) as connection:
        connection.execute("create schema work.raw")
        connection.execute("create table work.raw.run as select ?::date as business_date", [business_date])

"""How a test attaches a database without a key."""

from pathlib import Path

import duckdb


def attach(connection: duckdb.DuckDBPyConnection, path: Path, alias: str, *, read_only: bool = False) -> None:
    connection.execute(f"attach '{path}' as {alias}" + (" (read_only)" if read_only else ""))

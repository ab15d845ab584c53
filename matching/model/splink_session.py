"""Runs Splink on the night's own connection without output: no query, count or value reaches a log or stdout.

`training.py` trains and `scoring/pairs.py` predicts with it.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator

from matching.relations import RECORDS


class _Database(DuckDBAPI):
    """Splink's DuckDB backend without materialized CTEs, which would copy every record.

    With millions of records and linking spilled to disk, this halves the time.
    """

    def _execute_sql_against_backend(self, final_sql: str) -> duckdb.DuckDBPyRelation:
        return super()._execute_sql_against_backend(_COPIED.sub(r"\1 as not materialized (", final_sql))


_COPIED = re.compile(r"\b(__splink__df_concat(?:_with_tf)?) as \(")


@contextmanager
def splink_linker(
    connection: duckdb.DuckDBPyConnection, settings: SettingsCreator | dict[str, Any]
) -> Iterator[tuple[Linker, DuckDBAPI]]:
    """A linker over the records; its own tables are dropped at the end.

    Reads: `RECORDS`.
    """
    with splink_database(connection) as database:
        frame = database.register(RECORDS.name, dataset_display_name="mentions")
        # Splink's check of the settings takes longer than linking a small file; a wrong column fails anyway.
        yield Linker(frame, settings, validate_settings=False, log_level=None), database


@contextmanager
def splink_database(connection: duckdb.DuckDBPyConnection) -> Iterator[DuckDBAPI]:
    """Splink's backend on the connection, with its loggers muted while it is open."""
    with muted():
        database = _Database(connection)
        try:
            yield database
        finally:
            database.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]


@contextmanager
def muted() -> Iterator[None]:
    """Mute Splink's loggers, because they would log queries and counts."""
    logger = logging.getLogger("splink")
    level, propagate = logger.level, logger.propagate
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.propagate = propagate

"""Splink over the night's own connection, silent: no query, count or value of it reaches a log or stdout.

What is trained or predicted is for `training.py` and `scoring/pairs.py`.
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
    """DuckDB keeps a CTE that is read twice, which here is every record: read from the table, it costs no second copy.

    Of millions of records, linking spilled to disk takes half the time so.
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
        # Checking the settings takes longer than to link a small file; a level that names no column fails anyway.
        yield Linker(frame, settings, validate_settings=False, log_level=None), database


@contextmanager
def splink_database(connection: duckdb.DuckDBPyConnection) -> Iterator[DuckDBAPI]:
    """Splink's door to the connection, with its loggers muted while it is open."""
    with muted():
        database = _Database(connection)
        try:
            yield database
        finally:
            database.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]


@contextmanager
def muted() -> Iterator[None]:
    """Splink's loggers say nothing: queries and what they count would stand in them."""
    logger = logging.getLogger("splink")
    level, propagate = logger.level, logger.propagate
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.propagate = propagate

"""What compares the pairs of the blocking rules: one scoring, whichever engine runs Splink's queries.

What DuckDB takes for it is here, what Spark takes in `spark_scores`; what becomes of the scores is for `pairs`.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb

from matching.model.frequencies import register_frequencies
from matching.model.splink_session import splink_linker
from matching.records.person_records import count_rows


class EngineError(Exception):
    """An engine that can't be used, or that failed; the message says what to do and quotes no value."""


# What DuckDB may hold of each mention while it links. What the rest of the process takes comes on top: 5.8 million
# mentions are linked in less than 6 GB.
_BYTES_PER_MENTION = 820
_LEAST_BYTES = 4500 * 2**20
_PAIRS_AT_A_TIME = 50_000_000
_PART, _SCORED = "pairs_to_score", "pairs_scored"


def bound_memory(connection: duckdb.DuckDBPyConnection, mentions: int = 0, most_bytes: int | None = None) -> None:
    """Let DuckDB hold what linking so many mentions needs, within a bound; it spills the rest.

    Args:
        connection: that links.
        mentions: how many there are.
        most_bytes: the bound; without one, four fifths of the machine.
    """
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    needed = max(_LEAST_BYTES, _BYTES_PER_MENTION * mentions)
    connection.execute(f"set memory_limit = '{min(needed, most_bytes or machine * 4 // 5)}B'")


class Engine(Protocol):
    """Compares the records of a connection, and leaves it the scores to read."""

    def scores(
        self, connection: duckdb.DuckDBPyConnection, model: dict[str, Any], model_path: Path, least: float
    ) -> AbstractContextManager[str]:
        """Name a relation of the pairs of so many bits at the least, as Splink's `scoring/pairs.py` has them.

        Reads: `RECORDS`.
        Writes: a relation (record_number_l, record_number_r, match_weight, match_probability and, where the model
        retains them, the columns of its comparisons), one row per pair; it is there as long as the context is.
        """


@dataclass(frozen=True)
class DuckDB:
    """The connection itself compares: the fastest on one machine."""

    @contextmanager
    def scores(
        self, connection: duckdb.DuckDBPyConnection, model: dict[str, Any], model_path: Path, least: float
    ) -> Iterator[str]:
        """Compare within the night's own database, so many pairs at a time.

        Of all at once DuckDB would put aside both records of each: of a hundred million pairs a hundred gigabytes.
        """
        with splink_linker(connection, model) as (linker, database):
            register_frequencies(connection, linker, database, model, model_path)
            blocked = linker.inference.compute_blocked_pairs_for_predict()
            parts = -(-count_rows(connection, blocked.physical_name) // _PAIRS_AT_A_TIME)
            if parts <= 1:
                yield linker.inference.predict(threshold_match_weight=least, warning_mode="never").physical_name
                return
            for part in range(parts):
                connection.execute(
                    f"create or replace temp table {_PART} as from {blocked.physical_name}"
                    f" where join_key_l % {parts} = {part}"
                )
                linker.table_management.register_blocked_pairs_for_predict(database.register(_PART))
                scores = linker.inference.predict(threshold_match_weight=least, warning_mode="never")
                connection.execute(
                    f"{f'insert into {_SCORED}' if part else f'create or replace temp table {_SCORED} as'}"
                    f" from {scores.physical_name}"
                )
                scores.drop_table_from_database_and_remove_from_cache()
            connection.execute(f"drop table {_PART}")
            blocked.drop_table_from_database_and_remove_from_cache()
            try:
                yield _SCORED
            finally:
                connection.execute(f"drop table {_SCORED}")


DUCKDB = DuckDB()

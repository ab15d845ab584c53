"""The engines that compare the pairs of the blocking rules with Splink.

DuckDB is here, Spark in `spark_scores.py`; `pairs.py` uses the scores.
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
    """An engine that can't be used, or that failed; the message has the remedy and no value."""


# Memory that DuckDB may use per mention while it links; the rest of the process needs more. 5.8 million mentions are
# linked in less than 6 GB.
_BYTES_PER_MENTION = 820
_LEAST_BYTES = 4500 * 2**20
_PAIRS_AT_A_TIME = 50_000_000
_PART, _SCORED = "pairs_to_score", "pairs_scored"


def bound_memory(connection: duckdb.DuckDBPyConnection, mentions: int = 0, most_bytes: int | None = None) -> None:
    """Set DuckDB's memory limit to what linking so many mentions needs, within a bound; it spills the rest.

    Args:
        connection: to the work database.
        mentions: how many there are.
        most_bytes: the bound; None for four fifths of the machine.
    """
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    needed = max(_LEAST_BYTES, _BYTES_PER_MENTION * mentions)
    connection.execute(f"set memory_limit = '{min(needed, most_bytes or machine * 4 // 5)}B'")


class Engine(Protocol):
    """Compares the records of a connection, and gives it the scores to read."""

    def scores(
        self, connection: duckdb.DuckDBPyConnection, model: dict[str, Any], model_path: Path, least: float
    ) -> AbstractContextManager[str]:
        """Score the pairs of the blocking rules; give the name of a relation with those of at least `least` bits.

        Reads: `RECORDS`.
        Writes: a relation (record_number_l, record_number_r, match_weight, match_probability and, where the model
        retains them, the columns of its comparisons), one row per pair; it exists as long as the context.
        """


@dataclass(frozen=True)
class DuckDB:
    """Compares on the connection itself: the fastest engine on one machine."""

    @contextmanager
    def scores(
        self, connection: duckdb.DuckDBPyConnection, model: dict[str, Any], model_path: Path, least: float
    ) -> Iterator[str]:
        """Compare within the night's own database, fifty million pairs at a time.

        For all pairs at once DuckDB would store both records of each: for a hundred million pairs a hundred gigabytes.
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

"""Scores with Splink on Spark: records go there as Parquet, and scored pairs come back as Parquet for DuckDB.

`spark_session.py` opens the session, `spark_dialect.py` translates the model.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb

from matching.model.frequencies import create_frequency_tables
from matching.model.splink_session import muted
from matching.records.person_records import count_rows
from matching.relations import RECORDS
from matching.scoring.engine import EngineError
from matching.scoring.spark_dialect import columns_of, spark_model, spark_query
from matching.scoring.spark_session import spark_session
from sources.base.scratch import scratch_directory
from sources.base.sql import literal

_SCORES = "spark_scores"
# Mentions of one task; Spark spills pairs that do not fit into memory.
_PART = 100_000
_FEWEST_PARTS = 4
_PROGRESS_SECONDS = 10.0
_TASKS = ("numCompletedTasks", "numTasks")


@dataclass(frozen=True)
class Spark:
    """Compares with Splink on Spark, on this machine or on a cluster that reaches `directory` by the same path."""

    master: str
    directory: Path
    java_home: Path | None = None
    tell: Callable[[str], None] = lambda _: None

    @contextmanager
    def scores(
        self, connection: duckdb.DuckDBPyConnection, model: dict[str, Any], model_path: Path, least: float
    ) -> Iterator[str]:
        """Compare on Spark; the JVM ends, and its memory is free, before the scores are read.

        Raises:
            EngineError: Java, pyspark or the master is missing, or Spark failed.
        """
        with scratch_directory(self.directory) as place:
            frequencies = create_frequency_tables(connection, model, model_path)
            _hand_over(
                connection, [model["unique_id_column_name"], *columns_of(model)], RECORDS.name, place / RECORDS.name
            )
            for column, table in frequencies.items():
                _hand_over(connection, [column, f"tf_{column}"], table, place / table)
            with spark_session(self.master, self.java_home, place) as session:
                self.tell(f"Spark: linking at {self.master}, to be watched at {session.sparkContext.uiWebUrl}")
                mentions = count_rows(connection, RECORDS)
                with _reporting_progress(session, self.tell):
                    files = _predict(session, model, frequencies, least, place, mentions)
            connection.execute(
                f"create or replace temp view {_SCORES} as from read_parquet([{', '.join(map(literal, files))}])"
            )
            try:
                yield _SCORES
            finally:
                connection.execute(f"drop view {_SCORES}")


def _hand_over(connection: duckdb.DuckDBPyConnection, columns: list[str], relation: str, path: Path) -> None:
    columns_sql = ", ".join(columns)
    connection.execute(
        f"copy (select {columns_sql} from {relation} order by {columns[0]})"
        f" to {literal(f'{path}.parquet')} (format parquet)"
    )


def _parts(session: Any, mentions: int) -> int:
    return max(_FEWEST_PARTS, 2 * int(session.sparkContext.defaultParallelism), mentions // _PART)


def _predict(
    session: Any,
    model: Mapping[str, Any],
    frequencies: Mapping[str, str],
    least: float,
    place: Path,
    mentions: int,
) -> list[str]:
    """Compare by Splink's Spark backend; return the Parquet files of the scores."""
    from splink import Linker

    with muted():
        try:
            session.conf.set("spark.sql.shuffle.partitions", _parts(session, mentions))
            database = _splink_on(session)
            frame = database.register(session.read.parquet(f"{place / RECORDS.name}.parquet"))
            linker = Linker(frame, spark_model(dict(model)), validate_settings=False, log_level=None)
            for column, table in frequencies.items():
                lookup = database.register(session.read.parquet(f"{place / table}.parquet"))
                linker.table_management.register_term_frequency_lookup(lookup, column)
            scores = linker.inference.predict(threshold_match_weight=least, warning_mode="never")
            return sorted(unquote(urlsplit(uri).path) for uri in scores.as_spark_dataframe().inputFiles())
        except Exception as error:
            raise EngineError(_reason(error)) from None


def _splink_on(session: Any) -> Any:
    from splink import SparkAPI

    class Database(SparkAPI):
        """Splink's backend with our translation, because the compiled sqlglot can't write Splink's own dialect."""

        def _setup_for_execute_sql(self, sql: str, physical_name: str) -> str:
            return spark_query(sql)

    backend: Any = Database
    return backend(spark_session=session, break_lineage_method="parquet", register_udfs_automatically=False)


def _reason(error: Exception) -> str:
    """The message for an error of Spark, with its name only: the texts of Spark's errors may quote rows."""
    condition = getattr(error, "getCondition", lambda: None)()
    name = f"{type(error).__name__}, {condition}" if condition else type(error).__name__
    if "ExecutorLostFailure" in str(error) or "OutOfMemory" in str(error):
        return (
            f"Spark lost executors over and over ({name}): give them more memory (spark.executor.memory in"
            " spark-defaults.conf, for a local master SPARK_DRIVER_MEMORY), or fewer cores each"
        )
    return f"Spark failed to compare the pairs ({name}): nothing was written, and the same run may be tried again"


@contextmanager
def _reporting_progress(session: Any, tell: Callable[[str], None]) -> Iterator[None]:
    """Report the progress of Spark from time to time."""
    over = threading.Event()

    def watch() -> None:
        tracker = session.sparkContext.statusTracker()
        while not over.wait(_PROGRESS_SECONDS):
            # If Spark is dead, its last call raises the error.
            with suppress(Exception):
                stages = [*filter(None, map(tracker.getStageInfo, tracker.getActiveStageIds()))]
                if stages:
                    done, all_tasks = (sum(getattr(stage, name) for stage in stages) for name in _TASKS)
                    tell(f"Spark: stage {max(stage.stageId for stage in stages)}, {done} of {all_tasks} tasks done")

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()

"""The engine that scores pairs, chosen by a setting or an option.

`matching.scoring` has the engines; everything else in a night runs on DuckDB.
"""

from collections.abc import Callable

from matching.scoring.engine import DUCKDB, Engine
from orchestration.home.process import set_up_process_for_spark
from orchestration.home.settings import EngineName, Settings


def named_engine(name: EngineName, settings: Callable[[], Settings], tell: Callable[[str], None]) -> Engine:
    """DuckDB, or Spark at its master; `tell` gets the address of Spark's pages and its progress.

    Raises:
        EngineError: Spark can't be used.
    """
    if name is EngineName.DUCKDB:
        return DUCKDB
    from matching.scoring.spark_scores import Spark
    from matching.scoring.spark_session import require_spark

    chosen = settings()
    require_spark(chosen.spark_master, chosen.java_home)
    set_up_process_for_spark(chosen)
    return Spark(chosen.spark_master, chosen.home.spark_scratch, chosen.java_home, tell)

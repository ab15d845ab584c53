"""The engine that pairs are scored on, as a setting or an option names it.

What engines do is for `matching`; all else of a night runs on DuckDB whichever is named.
"""

from collections.abc import Callable

from matching.scoring.engine import DUCKDB, Engine
from orchestration.home.process import set_up_process_for_spark
from orchestration.home.settings import EngineName, Settings


def named_engine(name: EngineName, settings: Callable[[], Settings], tell: Callable[[str], None]) -> Engine:
    """DuckDB, or Spark at its master; `tell` hears where Spark can be watched and how far it has come.

    Raises:
        EngineError: Spark can't be had.
    """
    if name is EngineName.DUCKDB:
        return DUCKDB
    from matching.scoring.spark_scores import Spark
    from matching.scoring.spark_session import require_spark

    found = settings()
    require_spark(found.spark_master, found.java_home)
    set_up_process_for_spark(found)
    return Spark(found.spark_master, found.home.spark_scratch, found.java_home, tell)

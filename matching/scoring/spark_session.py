"""Opens a Spark session for one linkage: silent, with private files, and closed with its JVM afterwards.

`spark_scores.py` uses it.
"""

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from matching.scoring.engine import EngineError
from matching.scoring.spark_dialect import FUNCTIONS, duckdb_function

_OLDEST_JAVA = 17
_MASTER = re.compile(
    r"local(\[(\*|\d+)(,\d+)?\])?|local-cluster\[\d+,\d+,\d+\]|spark://[^:/,]+:\d+(,[^:/,]+:\d+)*|yarn|k8s://.+"
)
_ANSWER_SECONDS = 5.0
# Rows that go to a worker's DuckDB and back in one batch.
_ROWS_AT_ONCE = 50_000
# Without an appender Spark uses its own default.
_SILENT = """
rootLogger.level = off
rootLogger.appenderRef.console.ref = console
logger.gateway.name = org.apache.spark.api.python.PythonGatewayServer
logger.gateway.level = off
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
"""


def require_spark(master: str, java_home: Path | None) -> None:
    """Check that Spark can start, before any work is done.

    Raises:
        EngineError: Java, pyspark or the master is missing.
    """
    if not _MASTER.fullmatch(master):
        raise EngineError(
            f"FIL_SPARK_MASTER is {master!r}: expected local[*], local[4], spark://host:7077, yarn or k8s://…"
        )
    if not _is_installed():
        raise EngineError("linking on Spark needs pyspark, which is not installed: run `make setup-spark`")
    if _active() is None:
        _require_java(java_home)
        _require_answer(master)


def _is_installed() -> bool:
    try:
        distribution("pyspark")
    except PackageNotFoundError:
        return False
    return True


def _require_java(java_home: Path | None) -> None:
    java = shutil.which(java_home / "bin" / "java") if java_home else shutil.which("java")
    needs = f"linking on Spark needs Java {_OLDEST_JAVA} or newer"
    if not java:
        where = f"JAVA_HOME is {java_home}, and there is no bin/java in it" if java_home else "no java is on the PATH"
        raise EngineError(f"{needs}, and {where}: install one, such as Debian's openjdk-17-jre-headless")
    version = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)  # noqa: S603 - no input
    major = re.search(r'version "(?:1\.)?(\d+)', version.stderr)
    if not major or int(major[1]) < _OLDEST_JAVA:
        raise EngineError(f"{needs}, and {java} is {major[1] if major else 'none'}: set JAVA_HOME to another one")


def _require_answer(master: str) -> None:
    """Require a master that answers; Spark itself would try for a minute."""
    if not master.startswith("spark://"):
        return
    hosts = [host.rsplit(":", 1) for host in master.removeprefix("spark://").split(",")]
    for host, port in hosts:
        try:
            socket.create_connection((host, int(port)), _ANSWER_SECONDS).close()
            return
        except (OSError, OverflowError):
            continue
    raise EngineError(f"no Spark master answers at {master}: start it, or set FIL_SPARK_MASTER to another one")


@contextmanager
def spark_session(master: str, java_home: Path | None, place: Path) -> Iterator[Any]:
    """A session that writes only below `place`; a session that this process has already is used.

    Raises:
        EngineError: Java, pyspark or the master is missing.
    """
    require_spark(master, java_home)
    session, is_own = _active(), False
    if session is None:
        try:
            session, is_own = _started(master, place), True
        except Exception as error:
            _end_jvm()
            raise EngineError(
                f"Spark did not start at {master} ({type(error).__name__}): is it a master of this version of Spark?"
            ) from None
    try:
        yield _prepared(session, place)
    finally:
        if is_own:
            # A dead JVM can't be stopped.
            with suppress(Exception):
                session.stop()
            _end_jvm()


def _active() -> Any:
    from pyspark.sql import SparkSession

    return SparkSession.getActiveSession()


def _started(master: str, place: Path) -> Any:
    """Start a JVM whose output goes to a file in `place`, because it may quote rows."""
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    log = place / "log4j2.properties"
    log.write_text(_SILENT, encoding="utf-8")
    java = f"-Dlog4j2.configurationFile=file:{log} -Djava.io.tmpdir={place} -XX:-UsePerfData"
    conf = SparkConf().setMaster(master).setAppName("fil")
    for name, value in {
        "spark.driver.extraJavaOptions": java,
        "spark.executor.extraJavaOptions": java,
        "spark.local.dir": place / "local",
        "spark.sql.warehouse.dir": place / "warehouse",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.maxRecordsPerBatch": _ROWS_AT_ONCE,
        "spark.ui.showConsoleProgress": "false",
        # Otherwise any web page in a browser of this machine could stop jobs.
        "spark.ui.killEnabled": "false",
    }.items():
        conf.set(name, str(value))
    with (place / "jvm.log").open("wb") as output:
        gateway = launch_gateway(conf, popen_kwargs={"stdout": output, "stderr": output})
    return SparkSession(SparkContext(gateway=gateway, conf=conf))


def _prepared(session: Any, place: Path) -> Any:
    """Give a session the similarity functions that Spark does not have, and a directory for Splink's checkpoints."""
    from pyspark.sql.functions import arrow_udf

    for name, in_duckdb in FUNCTIONS.items():
        session.udf.register(name, arrow_udf(duckdb_function(in_duckdb), "double"))
    session.sparkContext.setCheckpointDir(str(place / "checkpoint"))
    return session


def _end_jvm() -> None:
    """End the JVM, which Spark would keep as long as the process; the rails need its memory."""
    from pyspark import SparkContext

    gateway = SparkContext._gateway  # noqa: SLF001 - Spark has no public way to end it
    SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001 - so that the next session starts another
    if gateway is None:
        return
    with suppress(Exception):
        gateway.shutdown()
    # It ends with its standard input.
    gateway.proc.stdin.close()
    gateway.proc.wait()

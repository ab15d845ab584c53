"""What this process is set up with before it works in a home: whoever starts it calls this once, twice changes nothing.

What dbt's process needs it is given when it is started (`dbt/project.py`).
"""

import os
import sys

from orchestration.home.home import Home
from orchestration.home.settings import PROJECT_DIR, ConfigurationError, Settings


def set_up_process(home: Home) -> None:
    """Set this process up for a home: its umask, the home's directories, and the environment variables Dagster reads.

    They last until the process ends, and its children inherit them. The umask keeps what is written private to the
    user; FIL_HOME, FIL_DAGSTER_DIR and DAGSTER_HOME say where Dagster and the processes that it starts write.

    Raises:
        ConfigurationError: FIL_HOME is no place to write to.
    """
    os.umask(0o077)
    try:
        for directory in (home.directory, home.inbox, home.dbt_artifacts, home.dagster):
            directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"FIL_HOME is {home.directory}, where no directory can be created ({error.strerror}): choose another "
            "directory, or give this user write access"
        ) from None
    os.environ["FIL_HOME"] = str(home.directory)
    os.environ["FIL_DAGSTER_DIR"] = str(home.dagster)
    os.environ["DAGSTER_HOME"] = str(PROJECT_DIR)


def set_up_process_for_spark(settings: Settings) -> None:
    """Set this process up for its home, and tell Spark what to run on where the environment does not already."""
    set_up_process(settings.home)
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    is_local = settings.spark_master.startswith("local")
    variables = {
        "PYSPARK_PYTHON": sys.executable,
        # Of the JVM; as much is left for DuckDB, and for the functions that its tasks run in Python.
        "SPARK_DRIVER_MEMORY": f"{max(1, machine // 2**31)}g",
        # Its pages are for this machine alone, unless workers must reach it.
        **({"SPARK_LOCAL_IP": "127.0.0.1"} if is_local else {}),
    }
    for name, value in variables.items():
        os.environ.setdefault(name, value)

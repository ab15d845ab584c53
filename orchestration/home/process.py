"""Sets up this process before it works in a home. Each entry point calls it; a second call changes nothing.

`dbt/project.py` sets up dbt's process.
"""

import os
import sys

from orchestration.home.home import Home
from orchestration.home.settings import PROJECT_DIR, ConfigurationError, Settings


def set_up_process(home: Home) -> None:
    """Set this process up for a home: its umask, the home's directories, and the environment variables Dagster reads.

    They last until the process ends, and its children inherit them. The umask makes new files private to the user;
    FIL_HOME, FIL_DAGSTER_DIR and DAGSTER_HOME are the directories of Dagster and its processes.

    Raises:
        ConfigurationError: FIL_HOME can't be written.
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
    """Set this process up for its home, and set Spark's environment variables that are not set yet."""
    set_up_process(settings.home)
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    is_local = settings.spark_master.startswith("local")
    variables = {
        "PYSPARK_PYTHON": sys.executable,
        # Memory of the JVM; the same amount is left for DuckDB, and for the Python functions of Spark's tasks.
        "SPARK_DRIVER_MEMORY": f"{max(1, machine // 2**31)}g",
        # Spark's pages are open to this machine only, unless workers must reach it.
        **({"SPARK_LOCAL_IP": "127.0.0.1"} if is_local else {}),
    }
    for name, value in variables.items():
        os.environ.setdefault(name, value)

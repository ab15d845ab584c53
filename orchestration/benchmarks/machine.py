"""The machine, versions and settings that a benchmark's figures depend on."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from orchestration.home.hub_key import SETTINGS as KEY_SETTINGS

_PACKAGES = (
    "fil", "dagster", "dagster-dbt", "dbt-core", "dbt-duckdb", "duckdb", "great-expectations", "polars", "pyarrow",
    "splink",
)  # fmt: skip
_SETTINGS = ("FIL_MEMORY_LIMIT", "FIL_LINKAGE_ENGINE", "FIL_SPARK_MASTER", "FIL_KEEP_DAYS")


def machine(environment: Mapping[str, str]) -> dict[str, Any]:
    """Cores, memory, system, versions and settings as plain values; whether the hub is encrypted, never its key."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _PACKAGES},
        "settings": {name: environment[name] for name in _SETTINGS if environment.get(name)},
        "is_encrypted": any(environment.get(name) for name in KEY_SETTINGS),
    }

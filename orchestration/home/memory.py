"""The memory that a night may use, and the part of each database connection.

DuckDB spills the rest to disk; each step must bound its own memory in Python.
"""

import os
import re
from dataclasses import dataclass

_GB = 10**9
LEAST_BYTES = 2 * _GB
_USUAL_BYTES = 6 * _GB
_UNITS = {"": _GB, "GB": _GB, "GIB": 2**30, "MB": 10**6, "MIB": 2**20}

# Memory besides DuckDB's own. Measured: 0.55 GB of the night's process while dbt builds, 0.2 GB of dbt's
# process, 0.3 to 0.4 GB of it while it waits beside the other steps. The rest of the second number is a reserve for
# Splink and Great Expectations: a whole city's night stayed within 5.7 of 6 GB with it.
_BESIDE_DBT = int(0.8 * _GB)
_BESIDE_A_STEP = int(1.1 * _GB)
# DuckDB uses more than its limit, because it does not count all memory of its operators: 5.0 GB of resident memory were
# measured under a limit of 4 GB.
_OVERSHOOT = 1.25


def parse_memory(text: str) -> int:
    """Bytes of a size such as `6GB`, `4.5 GB`, `4500MB` or `6` (gigabytes).

    Raises:
        ValueError: the text is not a size.
    """
    size = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*", text)
    if not size or size[2].upper() not in _UNITS:
        raise ValueError(f"{text!r} is not a size")
    return int(float(size[1]) * _UNITS[size[2].upper()])


def machine_bytes() -> int:
    """The memory of this machine."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def usual_memory() -> int:
    """Bytes that a night may use without FIL_MEMORY_LIMIT: half of the machine, at most 6 GB."""
    return max(LEAST_BYTES, min(_USUAL_BYTES, machine_bytes() // 2))


@dataclass(frozen=True)
class MemoryBound:
    """The bound of a night's process tree in bytes of resident memory, divided between its processes."""

    total_bytes: int

    @property
    def dbt_bytes(self) -> int:
        """DuckDB's limit in dbt's process, while the night's own process waits."""
        return int((self.total_bytes - _BESIDE_DBT) / _OVERSHOOT)

    @property
    def step_bytes(self) -> int:
        """DuckDB's limit in a step of the night's own process, while dbt's process waits."""
        return int((self.total_bytes - _BESIDE_A_STEP) / _OVERSHOOT)

"""The memory that a night may take, and the part of it that each database connection may hold.

What outgrows a part is spilt to disk; what a step keeps in Python is for the step to bound.
"""

import os
import re
from dataclasses import dataclass

_GB = 10**9
LEAST_BYTES = 2 * _GB
_USUAL_BYTES = 6 * _GB
_UNITS = {"": _GB, "GB": _GB, "GIB": 2**30, "MB": 10**6, "MIB": 2**20}

# What stands beside DuckDB's own memory. Measured: 0.55 GB of the night's process while dbt builds, 0.2 GB of dbt's
# process, 0.3 to 0.4 GB of it while it waits beside the other steps. The rest of the second number is a reserve for
# Splink and Great Expectations: a whole city's night stayed within 5.7 of 6 GB with it.
_BESIDE_DBT = int(0.8 * _GB)
_BESIDE_A_STEP = int(1.1 * _GB)
# DuckDB takes more than its limit, as it does not count all that its operators hold: 5.0 GB of resident memory were
# measured under a limit of 4 GB.
_OVERSHOOT = 1.25


def parse_memory(text: str) -> int:
    """Bytes of a size such as `6GB`, `4.5 GB`, `4500MB` or `6` (gigabytes).

    Raises:
        ValueError: the text is no size.
    """
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\s*", text)
    if not found or found[2].upper() not in _UNITS:
        raise ValueError(f"{text!r} is no size")
    return int(float(found[1]) * _UNITS[found[2].upper()])


def machine_bytes() -> int:
    """The memory of this machine."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def usual_memory() -> int:
    """Bytes that a night may take where no setting names another bound: half of the machine, at most 6 GB."""
    return max(LEAST_BYTES, min(_USUAL_BYTES, machine_bytes() // 2))


@dataclass(frozen=True)
class MemoryBound:
    """The bound of a night's process tree in bytes of resident memory, divided between its processes."""

    total_bytes: int

    @property
    def dbt_bytes(self) -> int:
        """What DuckDB may hold in dbt's process, beside which the night's own process waits."""
        return int((self.total_bytes - _BESIDE_DBT) / _OVERSHOOT)

    @property
    def step_bytes(self) -> int:
        """What DuckDB may hold in a step of the night's own process, beside which dbt's process waits."""
        return int((self.total_bytes - _BESIDE_A_STEP) / _OVERSHOOT)

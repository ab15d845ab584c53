"""Runs a command as a process and measures its cost, for the benchmarks.

Each benchmark chooses the commands and scores their results.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.home.settings import PROJECT_DIR


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and of all cores, and peak memory in megabytes, of a whole process."""

    seconds: float
    cpu_seconds: float
    peak_mb: int


def run_process(command: Sequence[str]) -> Cost:
    """Run a command of ours to its end.

    Raises:
        RuntimeError: it failed; the message has the end of its errors.
    """
    began = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - our own commands, no shell, no outside input
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=PROJECT_DIR
    )
    errors = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {errors.decode(errors='replace')[-500:]}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    seconds = round(time.monotonic() - began, 1)
    return Cost(seconds, round(usage.ru_utime + usage.ru_stime, 1), usage.ru_maxrss // unit)

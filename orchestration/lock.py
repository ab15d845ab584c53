"""One night at a time per FIL_HOME; Dagster's run queue does not hold for in-process runs."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestration.redaction import StepFailed


@contextmanager
def night_lock(home: Path) -> Iterator[None]:
    """Hold the lock while a night runs; the system frees it when the process dies, however it dies.

    Raises:
        StepFailed: another night holds it.
    """
    with (home / "night.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StepFailed(f"another night is running in {home}: wait for it to end") from None
        yield

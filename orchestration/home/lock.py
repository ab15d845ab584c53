"""One night at a time per FIL_HOME, and no intake beside it; Dagster's run queue does not hold for in-process runs."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from orchestration.home.redaction import StepFailed

_NIGHT = "night.lock"
# Whoever asks for the night's lock holds this one meanwhile, and an intake as long as it lasts: so a night waits for an
# intake to end, and never fails because of one.
_INTAKE = "intake.lock"


class NightRunning(Exception):
    """An intake can't begin, as a night is running."""


@contextmanager
def night_lock(home: Path) -> Iterator[None]:
    """Hold the lock while a night runs; the system frees it when the process dies, however it dies.

    Raises:
        StepFailed: another night holds it.
    """
    with ExitStack() as held:
        with _locked(home / _INTAKE):
            try:
                held.enter_context(_locked(home / _NIGHT, fcntl.LOCK_NB))
            except BlockingIOError:
                raise StepFailed(f"another night is running in {home}: wait for it to end") from None
        yield


@contextmanager
def intake_lock(home: Path) -> Iterator[None]:
    """Keep nights waiting while an intake runs; it waits for another intake itself.

    Raises:
        NightRunning: a night holds the lock.
    """
    with ExitStack() as held:
        held.enter_context(_locked(home / _INTAKE))
        _enter_night(held, home)
        yield


def is_busy(home: Path) -> bool:
    """Whether a night or an intake is running now."""
    with ExitStack() as held:
        try:
            held.enter_context(_locked(home / _INTAKE, fcntl.LOCK_NB))
            _enter_night(held, home)
        except (BlockingIOError, NightRunning):
            return True
    return False


def _enter_night(held: ExitStack, home: Path) -> None:
    try:
        held.enter_context(_locked(home / _NIGHT, fcntl.LOCK_NB))
    except BlockingIOError:
        raise NightRunning(f"a night is running in {home}") from None


@contextmanager
def _locked(path: Path, wait: int = 0) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | wait)
        yield

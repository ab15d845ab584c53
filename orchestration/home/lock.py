"""Allows one night at a time per FIL_HOME, and no intake beside it; Dagster's queue does not limit in-process runs."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from orchestration.home.home import Home
from orchestration.home.redaction import StepFailed

_NIGHT = "night.lock"
# Held while the night's lock is taken, and by an intake as long as it runs: so a night waits for an intake, and never
# fails because of one.
_INTAKE = "intake.lock"
_TRIES, _SECONDS_BETWEEN = 5, 0.02
_BY_NIGHT = "night"


class NightRunning(Exception):
    """An intake can't begin, because a night is running."""


@contextmanager
def night_lock(home: Home) -> Iterator[None]:
    """Hold the lock while a night runs; the system frees it when the process ends, however it ends.

    Raises:
        StepFailed: another night holds it.
    """
    with ExitStack() as held:
        with _locked(home.directory / _INTAKE):
            try:
                _enter_night(held, home, _BY_NIGHT)
            except NightRunning:
                raise StepFailed(f"another night is running in {home.directory}: wait for it to end") from None
        yield


@contextmanager
def intake_lock(home: Home) -> Iterator[None]:
    """Keep nights waiting while an intake runs; it waits for another intake itself.

    Raises:
        NightRunning: a night holds the lock.
    """
    with ExitStack() as held:
        held.enter_context(_locked(home.directory / _INTAKE))
        _enter_night(held, home)
        yield


def is_busy(home: Home) -> bool:
    """Whether a night or an intake is running now."""
    with ExitStack() as held:
        try:
            held.enter_context(_locked(home.directory / _INTAKE, fcntl.LOCK_NB))
            _enter_night(held, home)
        except (BlockingIOError, NightRunning):
            return True
    return False


def is_night_running(home: Home) -> bool:
    """Whether a night is running now; an intake, or another holder of the lock, is no night."""
    path = home.directory / _NIGHT
    try:
        with _locked(path, fcntl.LOCK_NB, fcntl.LOCK_SH):
            return False
    except BlockingIOError:
        return path.read_text(encoding="utf-8") == _BY_NIGHT


def _enter_night(held: ExitStack, home: Home, by: str = "") -> None:
    """Take the night's lock and write `by` into it, in several tries: `is_night_running` holds it for an instant."""
    for tries in range(_TRIES, 0, -1):
        try:
            held.enter_context(_locked(home.directory / _NIGHT, fcntl.LOCK_NB))
            (home.directory / _NIGHT).write_text(by, encoding="utf-8")
            return
        except BlockingIOError:
            if tries == 1:
                raise NightRunning(f"a night is running in {home.directory}") from None
            time.sleep(_SECONDS_BETWEEN)


@contextmanager
def _locked(path: Path, wait: int = 0, kind: int = fcntl.LOCK_EX) -> Iterator[None]:
    with path.open("a") as handle:
        fcntl.flock(handle, kind | wait)
        yield

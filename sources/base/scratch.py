"""Private directories for the temporary files of one run.

They are deleted when the run ends; if the run was killed, the next run deletes them.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_directory(parent: Path) -> Iterator[Path]:
    """A directory (0700) in `parent` that is deleted at the end. Directories of dead runs are deleted first."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(parent):
        _remove_unlocked(parent)
        directory = tempfile.TemporaryDirectory(dir=parent, prefix="run-", ignore_cleanup_errors=True)
        handle = os.open(directory.name, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with directory:
            yield Path(directory.name)
    finally:
        os.close(handle)


def remove_dead(parent: Path) -> None:
    """Delete the directories of dead runs."""
    if parent.is_dir():
        with _locked(parent):
            _remove_unlocked(parent)


def _remove_unlocked(parent: Path) -> None:
    for leftover in parent.iterdir():
        if _is_unlocked(leftover):
            shutil.rmtree(leftover, ignore_errors=True)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _is_unlocked(directory: Path) -> bool:
    """Whether no process holds its lock; the system releases a lock when its process dies."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True

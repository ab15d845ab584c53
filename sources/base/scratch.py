"""Private directories for what one run puts aside on disk: gone with it, or with the next run where it was killed.

What stands in them is for whoever asks for one.
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
    """A directory (0700) in `parent` that is deleted at the end; those of runs that are dead are deleted first."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _held(parent):
        _remove_free(parent)
        made = tempfile.TemporaryDirectory(dir=parent, prefix="run-", ignore_cleanup_errors=True)
        handle = os.open(made.name, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with made:
            yield Path(made.name)
    finally:
        os.close(handle)


def remove_dead(parent: Path) -> None:
    """Delete the directories of runs that are dead."""
    if parent.is_dir():
        with _held(parent):
            _remove_free(parent)


def _remove_free(parent: Path) -> None:
    for leftover in parent.iterdir():
        if _is_free(leftover):
            shutil.rmtree(leftover, ignore_errors=True)


@contextmanager
def _held(directory: Path) -> Iterator[None]:
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _is_free(directory: Path) -> bool:
    """Whether nobody holds it: the system frees it when a process dies, however it dies."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True

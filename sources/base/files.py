"""Durable, private and atomic file operations. Nothing here depends on the content of the files."""

import ctypes
import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_EXCHANGE = 2  # RENAME_EXCHANGE on Linux and RENAME_SWAP on macOS
_AT_FDCWD = -100


def sha256_of(path: Path) -> str:
    """The sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Force a file or a directory's entries to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked_directory(directory: Path) -> Iterator[None]:
    """Hold the lock of a directory; wait while another process holds it."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def private_directory(path: Path) -> Path:
    """Make a directory that only the user can open. The permissions of an existing directory do not change."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def remove(path: Path) -> None:
    """Remove a directory with its content, a file, or a link but not its target. A missing path is no error."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def fresh_directory(path: Path) -> Path:
    """Make an empty private directory; it replaces a file, directory or link at this path."""
    remove(path)
    return private_directory(path)


def write_durably(path: Path, text: str) -> str:
    """Write a private file completely or not at all; return its sha256."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
    sync(path.parent)
    return hashlib.sha256(text.encode()).hexdigest()


def copy_privately(source: Path, target: Path) -> None:
    """Copy a file's bytes into a file that only the user can read."""
    shutil.copyfile(source, target)
    target.chmod(0o600)


def sync_directory(directory: Path) -> None:
    """Force a directory and the files in it to the disk."""
    for path in directory.iterdir():
        sync(path)
    sync(directory)


def _exchange(first: Path, second: Path) -> bool:
    """Swap two directories in one step; return False if the system can't."""
    library = ctypes.CDLL(None, use_errno=True)
    names = (os.fsencode(first), os.fsencode(second))
    try:
        if sys.platform == "darwin":
            return bool(library.renamex_np(names[0], names[1], _EXCHANGE) == 0)
        return bool(library.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _EXCHANGE) == 0)
    except AttributeError:
        return False


def replace_directory(staged: Path, final: Path) -> None:
    """Put a staged directory in the place of another.

    If the system can swap directories, the place holds the old or the new directory at any instant. A file or a link
    at this place is removed; the target of a link stays.
    """
    if not os.path.lexists(final):
        staged.rename(final)
    elif _exchange(staged, final):
        remove(staged)
    else:
        aside = final.with_name(f".old-{final.name}")
        remove(aside)
        final.rename(aside)
        staged.rename(final)
        remove(aside)
    sync(final.parent)

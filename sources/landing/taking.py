"""Opens a delivered file once, never through a link, so that the same file is checked, copied and removed."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sources.base.errors import IncompleteDelivery

_STRETCH_BYTES = 1 << 20


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading; the last part of its path must not be a link.

    Raises:
        IncompleteDelivery: it is not a regular file.
    """
    try:
        file = open(path, "rb", opener=_without_link)  # noqa: PTH123, SIM115 - a path has no opener; closed below
    except PermissionError:
        raise
    except OSError:
        # A link, a socket, or gone since it was listed.
        raise _irregular() from None
    with file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise _irregular()
        yield file


def _without_link(path: str, flags: int) -> int:
    # Without O_NONBLOCK, opening a pipe without a writer would wait for ever.
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _irregular() -> IncompleteDelivery:
    return IncompleteDelivery("it is not a regular file; deliver a regular file under this name")


def check_and_copy(file: BinaryIO, size: int, sha256: str, copy: Path | None = None) -> None:
    """Read a file to its end, and compare it with the announced size and sha256.

    Args:
        file: the extract, open.
        size: in bytes, by its control file.
        sha256: by its control file.
        copy: where to write the bytes; by default nowhere.

    Raises:
        IncompleteDelivery: size or sha256 differs.
    """
    digest, read_bytes = hashlib.sha256(), 0
    with copy.open("xb") if copy else open(os.devnull, "wb") as target:  # noqa: PTH123 - of one type with the copy
        # If the file grows meanwhile, reading stops soon after the announced size.
        while read_bytes <= size and (stretch := file.read(_STRETCH_BYTES)):
            digest.update(stretch)
            read_bytes += len(stretch)
            target.write(stretch)
    if read_bytes != size:
        more = "more than " if read_bytes > size else ""
        raise IncompleteDelivery(f"{more}{min(read_bytes, size)} bytes found, {size} announced; deliver it again")
    if digest.hexdigest() != sha256:
        raise IncompleteDelivery("its sha256 differs from the one in its control file; deliver it again")


def take_away(path: Path, file: BinaryIO) -> bool:
    """Remove an opened file at its path; return False if another file is there now."""
    try:
        is_same = _state(path.lstat()) == _state(os.fstat(file.fileno()))
    except FileNotFoundError:
        return True
    if is_same:
        path.unlink(missing_ok=True)
    return is_same


def _state(stat_result: os.stat_result) -> tuple[int, ...]:
    return stat_result.st_dev, stat_result.st_ino, stat_result.st_size, stat_result.st_mtime_ns

"""A delivered file, opened once and never through a link: what is checked, copied and taken away is that one file.

What it must be is said by `land.py`.
"""

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
    """A regular file for reading; the last part of its path may be no link.

    Raises:
        IncompleteDelivery: it is no regular file.
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
    # Not waiting: a pipe that nobody writes to would hold the night.
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _irregular() -> IncompleteDelivery:
    return IncompleteDelivery("it is not a regular file; deliver a regular file under this name")


def hold(file: BinaryIO, size: int, sha256: str, copy: Path | None = None) -> None:
    """Read a file to its end, into a copy where one is named, and hold what was read against its announcement.

    Raises:
        IncompleteDelivery: it has other bytes than were announced.
    """
    digest, found = hashlib.sha256(), 0
    with copy.open("xb") if copy else open(os.devnull, "wb") as target:  # noqa: PTH123 - of one type with the copy
        # One that grows while it is read ends with the first byte too many.
        while found <= size and (stretch := file.read(_STRETCH_BYTES)):
            digest.update(stretch)
            found += len(stretch)
            target.write(stretch)
    if found != size:
        more = "more than " if found > size else ""
        raise IncompleteDelivery(f"{more}{min(found, size)} bytes found, {size} announced; deliver it again")
    if digest.hexdigest() != sha256:
        raise IncompleteDelivery("its sha256 differs from the one in its control file; deliver it again")


def take_away(path: Path, file: BinaryIO) -> bool:
    """Remove a file from where it was delivered; False where what lies there by now is not what was opened."""
    try:
        is_same = _state(path.lstat()) == _state(os.fstat(file.fileno()))
    except FileNotFoundError:
        return True
    if is_same:
        path.unlink(missing_ok=True)
    return is_same


def _state(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns

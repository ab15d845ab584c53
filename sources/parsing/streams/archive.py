"""Reads a ZIP with one file. Its bytes are unpacked while they are read, never to a path that the ZIP names."""

import lzma
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from sources.base.errors import UnreadableExtract

_LARGEST_BYTES = 1_000_000_000
# Text shrinks to a tenth; a file that shrinks to less than a hundredth may be made to fill a disk.
_MOST_TIMES = 100
_SMALL_BYTES = 1_000_000


# Errors of a damaged ZIP; the last four also mean a damaged directory, an unknown compression or a password.
DAMAGE = (BadZipFile, zlib.error, lzma.LZMAError, UnicodeError, ValueError, NotImplementedError, RuntimeError)


class _Member:
    """The one file in a ZIP as a stream. Errors of the ZIP, at any read, become `UnreadableExtract`."""

    def __init__(self, parts: ZipFile) -> None:
        members = [part for part in parts.infolist() if not part.is_dir() and not _is_of_the_system(part.filename)]
        if len(members) != 1:
            raise UnreadableExtract(f"its ZIP holds {len(members)} files, one is expected")
        check_sizes(members)
        self._stream = parts.open(members[0])

    def read(self, size: int) -> bytes:
        """Read the next bytes, at most as many as the ZIP states; at the end, the checksum is compared."""
        with _errors_translated():
            return self._stream.read(size)


@contextmanager
def open_member(path: Path) -> Iterator[_Member]:
    """Open the one file in a ZIP, which is unpacked while it is read.

    Raises:
        UnreadableExtract: the ZIP is damaged or encrypted, has no or several files, or is far too large.
    """
    with path.open("rb") as packed:
        with _errors_translated():
            member = _Member(ZipFile(packed))
        yield member


def is_of_the_machine(error: Exception) -> bool:
    """Whether an error comes from the operating system, not from the file; errors of a library have no number."""
    return isinstance(error, OSError) and error.errno is not None


@contextmanager
def _errors_translated() -> Iterator[None]:
    try:
        yield
    except (*DAMAGE, EOFError, OSError) as error:
        if is_of_the_machine(error):
            raise
        raise UnreadableExtract("it is not a valid ZIP, or it is encrypted") from None


def check_sizes(members: Sequence[ZipInfo]) -> None:
    """Check the unpacked size, so that the file does not fill the memory.

    Raises:
        UnreadableExtract: the stated size is too large, or too large compared with the packed size.
    """
    size, packed = sum(part.file_size for part in members), sum(part.compress_size for part in members)
    if size > _LARGEST_BYTES:
        raise UnreadableExtract(f"unpacked it is larger than {_LARGEST_BYTES:,} bytes, the limit for an extract")
    if size > max(_SMALL_BYTES, _MOST_TIMES * packed):
        raise UnreadableExtract(f"unpacked it is more than {_MOST_TIMES} times as large, the limit for text")


def _is_of_the_system(name: str) -> bool:
    """Whether an operating system added this file to the ZIP."""
    return name.startswith("__MACOSX/") or Path(name).name in (".DS_Store", "Thumbs.db", "desktop.ini")

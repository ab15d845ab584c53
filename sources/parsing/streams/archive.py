"""A ZIP that carries one file: its bytes, unpacked as they are read and never to a path that the ZIP names."""

import lzma
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from sources.base.errors import UnreadableExtract

_LARGEST_BYTES = 1_000_000_000
# Text shrinks to a tenth; what shrinks to less than a hundredth was made to fill a disk.
_MOST_TIMES = 100
_SMALL_BYTES = 1_000_000


# Of a damaged ZIP; the last four are of its directory, a compression that is not known, and a password.
DAMAGE = (BadZipFile, zlib.error, lzma.LZMAError, UnicodeError, ValueError, NotImplementedError, RuntimeError)


class _Member:
    """The one file in a ZIP as a stream; the ZIP's own errors, which may come at any read, under our name."""

    def __init__(self, parts: ZipFile) -> None:
        members = [part for part in parts.infolist() if not part.is_dir() and not _is_of_the_system(part.filename)]
        if len(members) != 1:
            raise UnreadableExtract(f"its ZIP holds {len(members)} files, one is expected")
        check_sizes(members)
        self._stream = parts.open(members[0])

    def read(self, size: int) -> bytes:
        """The next bytes; never more than the ZIP states, and at its end the sum is compared."""
        with _sound():
            return self._stream.read(size)


@contextmanager
def open_member(path: Path) -> Iterator[_Member]:
    """The one file in a ZIP, unpacked as it is read.

    Raises:
        UnreadableExtract: it is no sound ZIP, holds another number of files, is encrypted, or is far too large.
    """
    with path.open("rb") as packed:
        with _sound():
            member = _Member(ZipFile(packed))
        yield member


def is_of_the_machine(error: Exception) -> bool:
    """Whether the system could not read a file, which is no fault of the file; a library's own error has no number."""
    return isinstance(error, OSError) and error.errno is not None


@contextmanager
def _sound() -> Iterator[None]:
    try:
        yield
    except (*DAMAGE, EOFError, OSError) as error:
        if is_of_the_machine(error):
            raise
        raise UnreadableExtract("it is not a valid ZIP, or it is encrypted") from None


def check_sizes(members: Sequence[ZipInfo]) -> None:
    """Refuse what would fill the memory once it is unpacked.

    Raises:
        UnreadableExtract: the members say that they are too large, or shrank as no text does.
    """
    size, packed = sum(part.file_size for part in members), sum(part.compress_size for part in members)
    if size > _LARGEST_BYTES:
        raise UnreadableExtract(f"unpacked it is larger than {_LARGEST_BYTES:,} bytes, the limit for an extract")
    if size > max(_SMALL_BYTES, _MOST_TIMES * packed):
        raise UnreadableExtract(f"unpacked it is more than {_MOST_TIMES} times as large, the limit for text")


def _is_of_the_system(name: str) -> bool:
    """Whether an operating system put a file beside the one that was packed."""
    return name.startswith("__MACOSX/") or Path(name).name in (".DS_Store", "Thumbs.db", "desktop.ini")

"""A ZIP that carries one file: its bytes, taken out in memory and never unpacked to a path that the ZIP names."""

import lzma
import zlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from sources.errors import UnreadableExtract

_LARGEST_BYTES = 1_000_000_000
# Text shrinks to a tenth; what shrinks to less than a hundredth was made to fill a disk.
_MOST_TIMES = 100
_SMALL_BYTES = 1_000_000


# Of a damaged ZIP; the last four are of its directory, a compression that is not known, and a password.
DAMAGE = (BadZipFile, zlib.error, lzma.LZMAError, UnicodeError, ValueError, NotImplementedError, RuntimeError)


def only_member(content: bytes) -> bytes:
    """The bytes of the one file in a ZIP.

    Raises:
        UnreadableExtract: it is no sound ZIP, holds another number of files, is encrypted, or is far too large.
    """
    try:
        with ZipFile(BytesIO(content)) as parts:
            members = [part for part in parts.infolist() if not part.is_dir() and not _is_of_the_system(part.filename)]
            if len(members) != 1:
                raise UnreadableExtract(f"its ZIP holds {len(members)} files, one is expected")
            check_sizes(members)
            with parts.open(members[0]) as member:
                # A size that the ZIP understates is not believed.
                data = member.read(_LARGEST_BYTES + 1)
    except (*DAMAGE, EOFError, OSError):
        raise UnreadableExtract("it is no sound ZIP, or an encrypted one") from None
    if len(data) > _LARGEST_BYTES:
        raise UnreadableExtract("unpacked it is larger than any extract")
    return data


def check_sizes(members: Sequence[ZipInfo]) -> None:
    """Refuse what would fill the memory once it is unpacked.

    Raises:
        UnreadableExtract: the members say that they are too large, or shrank as no text does.
    """
    size, packed = sum(part.file_size for part in members), sum(part.compress_size for part in members)
    if size > _LARGEST_BYTES:
        raise UnreadableExtract(f"unpacked it is larger than {_LARGEST_BYTES:,} bytes, as no extract is")
    if size > max(_SMALL_BYTES, _MOST_TIMES * packed):
        raise UnreadableExtract(f"unpacked it is more than {_MOST_TIMES} times as large, as no text is")


def _is_of_the_system(name: str) -> bool:
    """Whether an operating system put a file beside the one that was packed."""
    return name.startswith("__MACOSX/") or Path(name).name in (".DS_Store", "Thumbs.db", "desktop.ini")

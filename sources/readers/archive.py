"""A ZIP that carries one file: its bytes, taken out in memory and never unpacked to a path that the ZIP names."""

import zlib
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from sources.errors import UnreadableExtract

_LARGEST_BYTES = 2_000_000_000


def only_member(content: bytes) -> bytes:
    """The bytes of the one file in a ZIP.

    Raises:
        UnreadableExtract: it is no sound ZIP, holds another number of files, is encrypted, or is far too large.
    """
    try:
        with ZipFile(BytesIO(content)) as parts:
            members = [part for part in parts.infolist() if not part.is_dir()]
            if len(members) != 1:
                raise UnreadableExtract(f"its ZIP holds {len(members)} files, one is expected")
            if members[0].file_size > _LARGEST_BYTES:
                raise UnreadableExtract("unpacked it is larger than any extract")
            with parts.open(members[0]) as member:
                # A size that the ZIP understates is not believed.
                data = member.read(_LARGEST_BYTES + 1)
    except (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        # The last two are of a compression that is not known and of a password.
        raise UnreadableExtract("it is no sound ZIP, or an encrypted one") from None
    if len(data) > _LARGEST_BYTES:
        raise UnreadableExtract("unpacked it is larger than any extract")
    return data

"""The key of the hub: reads it, checks its length, and makes a new one. No message contains any of it."""

import base64
import binascii
import os
import secrets
import stat
import string
from collections.abc import Iterable, Mapping
from pathlib import Path

LEAST_BYTES = 32
_MOST_BYTES = 4096
_KEY, _FILE = "FIL_HUB_KEY", "FIL_HUB_KEY_FILE"
SETTINGS = (_KEY, _FILE)


class UnusableKey(Exception):
    """The key, or the file that should hold it, is not usable; the message has the reason, never the content."""


def key_of(environment: Mapping[str, str], apart_from: Iterable[Path] = ()) -> str | None:
    """The key in FIL_HUB_KEY or in the file of FIL_HUB_KEY_FILE; None if neither is set.

    Raises:
        UnusableKey: both are set, the file can't be read, others may read it, it is in a directory of `apart_from`, or
            a character is not ASCII.
    """
    key, file = (environment.get(name) or None for name in SETTINGS)
    if key and file:
        raise UnusableKey(f"{_KEY} and {_FILE} are both set: set only one of them, preferably {_FILE}")
    if file:
        path = Path(file).expanduser()
        for place in apart_from:
            if path.resolve().is_relative_to(place):
                raise UnusableKey(f"{_FILE} is {path}, in {place}, beside the data that it encrypts: keep it elsewhere")
        return _read(path)
    if key and not key.isascii():
        raise UnusableKey(f"{_KEY} has a character that is not ASCII: make a key with `fil key new`")
    return key


def is_long_enough(key: str) -> bool:
    """Whether it is hex or base64 of 32 bytes or more: a sentence or a shorter key can be guessed."""
    return len(_decoded(key)) >= LEAST_BYTES


def new_key() -> str:
    """32 random bytes in hex."""
    return secrets.token_hex(LEAST_BYTES)


def write_new_key(path: Path) -> None:
    """Write a new key to a new file that only this user may read.

    Raises:
        UnusableKey: the file already exists, or can't be written.
    """
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(new_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise UnusableKey(f"{path} already exists, and a hub may need its key: choose a new file") from None
    except OSError as error:
        raise UnusableKey(f"{path} can't be written ({error.strerror}): choose another file") from None


def _read(path: Path) -> str:
    try:
        # A pipe must not keep the night waiting; it is refused below.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UnusableKey(f"{_FILE} is {path}, not a regular file: each process of a night must read it again")
            if status.st_mode & 0o077:
                raise UnusableKey(f"{_FILE} is {path}, and other users may read or write it: run chmod 600 on it")
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UnusableKey(
            f"{_FILE} is {path}, which can't be read ({error.strerror}): correct the path or its permissions"
        ) from None
    key = content.strip()
    if not key or len(content) > _MOST_BYTES or not key.isascii() or b"\n" in key or b"\0" in key:
        raise UnusableKey(f"{_FILE} is {path}, but the file is not one line with a key: make a key with `fil key new`")
    return key.decode("ascii")


def _decoded(key: str) -> bytes:
    """The bytes of a key in hex or base64; empty if it is neither."""
    padded = key.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        if set(key) <= set(string.hexdigits):
            return binascii.unhexlify(key)
        return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except ValueError:
        return b""

"""The registry's journal: JSON lines, appended and fsynced before a command reports success.

The modules that write the lines define what they mean: the registry, stewards' decisions, releases from quarantine.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class RegistryError(RuntimeError):
    """A registry, or its journal, can't be used."""


def registry_directory(home: Path) -> Path:
    """The directory with the journal, the secret and the pending changes; the registry's database is beside it."""
    directory = home / "registry"
    for folder in (directory, directory / "journal", directory / "pending"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


@contextmanager
def exclusive(home: Path, kind: str) -> Iterator[None]:
    """Hold the lock of a kind of entry. Use it if a new entry depends on earlier ones, such as no contradiction."""
    path = registry_directory(home) / "journal" / f".{kind}.lock"
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def append(home: Path, kind: str, entry: dict[str, Any]) -> None:
    """Append one line to the journal of its kind and wait until it is on disk.

    An incomplete last line comes from a crash, before its command reported success. It is removed.
    """
    path = registry_directory(home) / "journal" / f"{kind}.jsonl"
    line = json.dumps(entry, sort_keys=True, ensure_ascii=False) + "\n"
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        content = stream.read()
        stream.truncate(content.rfind(b"\n") + 1)
        stream.seek(0, os.SEEK_END)
        stream.write(line.encode())
        stream.flush()
        os.fsync(stream.fileno())


def read(home: Path, kind: str) -> Iterator[dict[str, Any]]:
    """Read the entries of a kind in order, without an incomplete last line (see `append`).

    Raises:
        RegistryError: a complete line can't be read.
    """
    path = home / "registry" / "journal" / f"{kind}.jsonl"
    if not path.exists():
        return
    for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], start=1):
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if not isinstance(entry, dict):
            raise RegistryError(f"{path}, line {number} is damaged: restore the file from the backup")
        yield entry


def read_once(home: Path, kind: str, time: str) -> Iterator[dict[str, Any]]:
    """Read the entries of a kind in order, without lines that repeat an earlier one.

    A restored copy may repeat lines, and a repeated earlier decision must not undo a later one. `time` names the field
    with the time of a decision. Entries of earlier versions lack this field; all of them are returned.

    Raises:
        RegistryError: a line can't be read.
    """
    known = set()
    for entry in read(home, kind):
        line = json.dumps(entry, sort_keys=True)
        if time not in entry or line not in known:
            yield entry
        known.add(line)

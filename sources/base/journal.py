"""The registry's journal: JSON lines, appended and fsynced before anything is acknowledged.

What a line means is for those who write it: the registry and its stewards, and releases from quarantine.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class RegistryError(RuntimeError):
    """A registry, or its journal, that can't be used."""


def registry_directory(home: Path) -> Path:
    """Where journal, secret and pending changes stand beside the registry's database."""
    directory = home / "registry"
    for folder in (directory, directory / "journal", directory / "pending"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


@contextmanager
def exclusive(home: Path, kind: str) -> Iterator[None]:
    """Let nobody else into this while it lasts: for entries that depend on those before, such as no contradiction."""
    path = registry_directory(home) / "journal" / f".{kind}.lock"
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def append(home: Path, kind: str, entry: dict[str, Any]) -> None:
    """Append one line to the journal of its kind and wait until it is on disk.

    A line that a crash tore off was never acknowledged, and gives way.
    """
    path = registry_directory(home) / "journal" / f"{kind}.jsonl"
    line = json.dumps(entry, sort_keys=True, ensure_ascii=False) + "\n"
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        whole = stream.read()
        stream.truncate(whole.rfind(b"\n") + 1)
        stream.seek(0, os.SEEK_END)
        stream.write(line.encode())
        stream.flush()
        os.fsync(stream.fileno())


def read(home: Path, kind: str) -> Iterator[dict[str, Any]]:
    """Entries of a kind in order, but for a last line that a crash tore off: it was never acknowledged.

    Raises:
        RegistryError: another line can't be read.
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
    """Entries of a kind in order, without lines that repeat an earlier one, as where a copy was laid behind them.

    An earlier decision that stands again must not undo a later one. `time` names the field that tells two decisions
    apart; entries without it are from before it was written, and all count.

    Raises:
        RegistryError: a line can't be read.
    """
    known = set()
    for entry in read(home, kind):
        line = json.dumps(entry, sort_keys=True)
        if time not in entry or line not in known:
            yield entry
        known.add(line)

"""The registry's journal: JSON lines, appended and fsynced before anything is acknowledged.

What a line means is for `registry` and `judgements`.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def registry_directory(registry_path: Path) -> Path:
    """Where journal, secret and pending changes stand beside the registry's database."""
    directory = registry_path.parent / "registry"
    for folder in (directory, directory / "journal", directory / "pending"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def append(registry_path: Path, kind: str, entry: dict[str, Any]) -> None:
    """Append one line to the journal of its kind and wait until it is on disk."""
    path = registry_directory(registry_path) / "journal" / f"{kind}.jsonl"
    line = json.dumps(entry, sort_keys=True, ensure_ascii=False) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if _ends_torn(path):
            line = "\n" + line
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(registry_path: Path, kind: str) -> Iterator[dict[str, Any]]:
    """Entries of a kind in order; a line torn by a crash was never acknowledged and is passed over."""
    path = registry_directory(registry_path) / "journal" / f"{kind}.jsonl"
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def _ends_torn(path: Path) -> bool:
    content = path.read_bytes()[-1:]
    return bool(content) and content != b"\n"

"""The manifest of a delivery: its files with rows, sizes and sums, and the run that wrote them.

The same rows give the same files, because only the manifest has the run's id.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from exports.errors import DeliveryError
from exports.staged import MANIFEST
from sources.base.files import sha256_of, write_durably


@dataclass(frozen=True)
class FileEntry:
    """One file of a delivery."""

    name: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The content of a manifest; in a revision, `supersedes` is the sha256 of the manifest that it replaces."""

    target: str
    run_id: str
    business_date: str
    contract_version: str
    files: tuple[FileEntry, ...]
    supersedes: str | None = None

    @classmethod
    def read(cls, directory: Path) -> "Manifest":
        """Read a delivery's manifest."""
        content = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        return cls(**{**content, "files": tuple(FileEntry(**entry) for entry in content["files"])})


def describe_file(path: Path, rows: int) -> FileEntry:
    """The manifest's entry for a written file."""
    return FileEntry(name=path.name, rows=rows, bytes=path.stat().st_size, sha256=sha256_of(path))


def make_manifest(target: str, version: str, business_date: date, run_id: str, files: Sequence[FileEntry]) -> Manifest:
    """A manifest with its files in the order of their names."""
    ordered = tuple(sorted(files, key=lambda entry: entry.name))
    return Manifest(target, run_id, business_date.isoformat(), version, ordered)


def write_manifest(directory: Path, content: Manifest) -> str:
    """Write a manifest durably, without empty fields; return its sha256."""
    fields = {name: value for name, value in asdict(content).items() if value is not None}
    return write_durably(directory / MANIFEST, json.dumps(fields, indent=2, sort_keys=True) + "\n")


def verify(directory: Path) -> Manifest:
    """Compare a delivery's files with its manifest.

    Raises:
        DeliveryError: a file is missing, is not in the manifest, differs from it, or is a link.
    """
    links = [str(path) for path in (directory, *directory.iterdir()) if path.is_symlink()]
    if links:
        raise DeliveryError(f"{', '.join(links)}: found a link, expected a delivery's own files; deliver again")
    manifest = Manifest.read(directory)
    present = {path.name for path in directory.iterdir()} - {MANIFEST}
    expected = {entry.name for entry in manifest.files}
    if present != expected:
        raise DeliveryError(f"{directory}: found files {sorted(present)}, expected {sorted(expected)}; deliver again")
    for entry in manifest.files:
        path = directory / entry.name
        if path.stat().st_size != entry.bytes or sha256_of(path) != entry.sha256:
            raise DeliveryError(f"{path}: bytes differ from the manifest's sha256; deliver again")
    return manifest

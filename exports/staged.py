"""Staged directories: they are written beside their final place, and readers do not see them yet."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sources.base.files import sha256_of, sync_directory, write_durably

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class StagedDirectory:
    """A staged directory and its final place; `token` is the sha256 of its manifest."""

    staged: Path
    final: Path
    token: str


def close_staged(staged: Path, database: str, final: Path, content: Mapping[str, Any]) -> StagedDirectory:
    """Write the manifest of a staged database: `content` and the database's sha256.

    Args:
        staged: the directory with the database.
        database: its file name.
        final: the place that the directory gets.
        content: of the manifest.
    """
    text = json.dumps({**content, "sha256": sha256_of(staged / database)}) + "\n"
    token = write_durably(staged / MANIFEST, text)
    sync_directory(staged)
    return StagedDirectory(staged, final, token)

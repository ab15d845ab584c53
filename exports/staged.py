"""What is written and nobody sees yet: a directory beside the place that it will have."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sources.base.files import sha256_of, sync_directory, write_durably

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class StagedDirectory:
    """A staged directory and its place; `token` is the sha256 of its manifest."""

    staged: Path
    final: Path
    token: str


def close_staged(staged: Path, database: str, final: Path, content: Mapping[str, Any]) -> StagedDirectory:
    """Write the manifest of a staged database: what is given, and its sha256."""
    text = json.dumps({**content, "sha256": sha256_of(staged / database)}) + "\n"
    token = write_durably(staged / MANIFEST, text)
    sync_directory(staged)
    return StagedDirectory(staged, final, token)

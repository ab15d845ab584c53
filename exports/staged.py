"""What is written and nobody sees yet: a directory beside the place that it will have."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StagedDirectory:
    """A staged directory and its place; `token` is the sha256 of its manifest."""

    staged: Path
    final: Path
    token: str

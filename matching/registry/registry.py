"""The paths of a registry: its database in a directory, and beside it the journal, the secret and pending changes."""

from dataclasses import dataclass
from pathlib import Path

from sources.base import journal


@dataclass(frozen=True)
class Registry:
    """The registry of a directory, which may still be empty."""

    directory: Path

    @property
    def database(self) -> Path:
        """Person ids, their events and commits."""
        return self.directory / "registry.duckdb"

    @property
    def beside(self) -> Path:
        """The directory beside the database that a rebuild needs; made if it does not exist."""
        return journal.registry_directory(self.directory)

    @property
    def secret(self) -> Path:
        """The key from which ids are derived."""
        return self.beside / "id_secret"

    @property
    def pending(self) -> Path:
        """Changes of nights that are not public yet."""
        return self.beside / "pending"

    @property
    def commits(self) -> Path:
        """The changes of each night that was published."""
        return self.beside / "journal" / "commits"

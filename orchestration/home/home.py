"""The paths under $FIL_HOME, and the key of its databases.

A `Home` is made once per process from the environment. Other rooms get its directory or its registry, and know their
own paths there: `fetched/`, `landing/`, `raw/` and `quarantine/` by source, and the records of draws.
"""

from dataclasses import dataclass, field
from pathlib import Path

from matching.registry.registry import Registry
from orchestration.home.hub_key import LEAST_BYTES, is_long_enough


@dataclass(frozen=True)
class Home:
    """The directory of Fil's state, and its key; other modules of this folder open the files."""

    directory: Path
    hub_key: str | None = field(default=None, repr=False)

    @property
    def key_warning(self) -> str | None:
        """The problem of a key that is in use; None if there is none."""
        if self.hub_key is None or is_long_enough(self.hub_key):
            return None
        return f"the hub's key is shorter than {LEAST_BYTES} bytes in hex or base64, and could be guessed"

    @property
    def inbox(self) -> Path:
        """Files that sources deliver, by source."""
        return self.directory / "inbox"

    @property
    def quarantine(self) -> Path:
        """Rows that broke their contract, by source and extract."""
        return self.directory / "quarantine"

    @property
    def truth(self) -> Path:
        """The truth of a simulated city: who is who, and the errors in its extracts."""
        return self.directory / "truth"

    @property
    def work_database(self) -> Path:
        """The hub that a night builds; only its processes open it."""
        return self.directory / "work.duckdb"

    @property
    def work(self) -> Path:
        """Temporary files of commands and nights, and files that can be computed again."""
        return self.directory / "work"

    @property
    def known_sums(self) -> Path:
        """Checksums of databases that nobody has touched since they were computed."""
        return self.work / "known_sums.json"

    @property
    def dbt_artifacts(self) -> Path:
        """Dbt's target and log directory."""
        return self.work / "dbt"

    @property
    def spark_scratch(self) -> Path:
        """Temporary files of linking on Spark; every worker must reach them by this path."""
        return self.work / "spark"

    @property
    def registry(self) -> Registry:
        """Person ids, their events, decisions and cases."""
        return Registry(self.directory)

    @property
    def backup(self) -> Path:
        """The registry as it was at the end of each night."""
        return self.directory / "backup"

    @property
    def models(self) -> Path:
        """Models that were trained here, by entity; if none is promoted, the shipped one is in use."""
        return self.directory / "models"

    @property
    def published(self) -> Path:
        """One directory per published business date, and the link `current`."""
        return self.directory / "published"

    @property
    def history(self) -> Path:
        """The changes of each published night in the hub, never deleted."""
        return self.directory / "history"

    @property
    def exports(self) -> Path:
        """Deliveries by target and business date."""
        return self.directory / "exports"

    @property
    def draws(self) -> Path:
        """The list and the results of each lottery."""
        return self.directory / "draws"

    @property
    def dagster(self) -> Path:
        """Dagster's runs and events."""
        return self.directory / "dagster"

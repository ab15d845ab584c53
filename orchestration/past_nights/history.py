"""The history of a home's hub, opened with its key once it is sound.

What is kept in it is for `exports.publication.night_changes`.
"""

from pathlib import Path

import duckdb

from exports.publication.intact import require_intact
from exports.publication.night_changes import History
from orchestration.home.settings import Settings
from orchestration.home.work_database import attach


def hub_history(settings: Settings) -> History:
    """The changes of every published night under the home."""

    def attach_with_key(
        connection: duckdb.DuckDBPyConnection, path: Path, alias: str, *, read_only: bool = False
    ) -> None:
        # What is only read was committed once, and stays what its manifest says.
        if read_only:
            require_intact(path, settings.known_sums)
        attach(connection, path, alias, settings.hub_key, read_only=read_only)

    return History(settings.history, settings.published, attach_with_key)

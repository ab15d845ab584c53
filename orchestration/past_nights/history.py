"""Opens the history of a home's hub with its key, after a check of its files.

`exports.publication.night_changes` has its content.
"""

from pathlib import Path

import duckdb

from exports.publication.intact import require_intact
from exports.publication.night_changes import History
from orchestration.home.home import Home
from orchestration.home.work_database import attach


def hub_history(home: Home) -> History:
    """The changes of every published night under the home."""

    def attach_with_key(
        connection: duckdb.DuckDBPyConnection, path: Path, alias: str, *, read_only: bool = False
    ) -> None:
        # A file that is only read was committed, so it must match its manifest.
        if read_only:
            require_intact(path, home.known_sums)
        attach(connection, path, alias, home.hub_key, read_only=read_only)

    return History(home.history, home.published, attach_with_key)

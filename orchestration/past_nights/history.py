"""The history of a home's hub, opened with its key once it is sound.

What is kept in it is for `exports.publication.night_changes`.
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
        # What is only read was committed once, and stays what its manifest says.
        if read_only:
            require_intact(path, home.known_sums)
        attach(connection, path, alias, home.hub_key, read_only=read_only)

    return History(home.history, home.published, attach_with_key)

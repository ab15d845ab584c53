"""How dbt opens the work database: its profile has no key, so that dbt stores no hash of one and no query prints it.

dbt loads `Plugin` as its profile says. A night hands the key over through a pipe (`dbt/worker.py`); for dbt run by hand
it is read from the file of FIL_HUB_KEY_FILE.
"""

import os
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

from orchestration.home.hub_key import UnusableKey, key_of
from orchestration.home.settings import DBT_PROJECT_DIR, ConfigurationError
from orchestration.home.work_database import attach
from sources.base.sql import literal

_handed_over: list[tuple[str | None, Path]] = []


def hand_over(key: str | None, project: Path) -> None:
    """Keep the night's key for when dbt opens the work database, None if it is not encrypted; and the project built."""
    _handed_over[:] = [(key, project)]


class Plugin(BasePlugin):
    """Attaches the work database before dbt would, and shuts every other file to the queries of the project."""

    def configure_connection(self, conn: Any) -> None:
        """Attach `work`, then let queries reach no file but those beside it and of the project.

        Raises:
            ConfigurationError: dbt was run by hand with a key in its environment, or its file is not usable.
        """
        profile: Any = self.creds
        path = Path(profile.attach[0].path).expanduser()
        key, project = _handed_over[0] if _handed_over else (_key_by_hand(), DBT_PROJECT_DIR)
        # Models use it, and nothing can be loaded once the files are shut.
        conn.execute("load spatial")
        attach(conn, path, "work", key)
        reached = ", ".join(literal(str(place)) for place in (path.parent.resolve(), project.resolve()))
        conn.execute(f"set allowed_directories = [{reached}]; set enable_external_access = false")


def _key_by_hand() -> str | None:
    if os.environ.get("FIL_HUB_KEY"):
        raise ConfigurationError(
            "FIL_HUB_KEY is set, and any query of the project could print it: set FIL_HUB_KEY_FILE instead"
        )
    try:
        return key_of(os.environ)
    except UnusableKey as error:
        raise ConfigurationError(str(error)) from None
